package io.davit.controller.flow;

import io.davit.common.Names;
import io.davit.common.Nearest;
import io.davit.controller.access.AccessLevel;
import io.davit.controller.access.Answers;
import io.davit.controller.access.Peer;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.execute.OperationListener;
import io.davit.controller.execute.OperationRecord;
import io.davit.controller.execute.OperationState;
import io.davit.controller.execute.OperationStore;
import io.davit.controller.execute.Operations;
import io.davit.controller.execute.Operations.OperationRefusedException;
import io.davit.controller.execute.StepRecord;
import io.davit.controller.report.OperationMessages;
import io.davit.controller.store.Table;
import io.davit.proto.operator.v1.ListOperationsRequest;
import io.davit.proto.operator.v1.ListOperationsResponse;
import io.davit.proto.operator.v1.OperationEvent;
import io.davit.proto.operator.v1.OperationReply;
import io.davit.proto.operator.v1.OperationRequest;
import io.davit.proto.operator.v1.OperationsGrpc;
import io.davit.proto.operator.v1.WatchOperationRequest;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;

/** Operations, for operators. */
public final class OperationsService extends OperationsGrpc.OperationsImplBase {

    private static final int MOST_LISTED = 200;
    private static final String CANCEL = "Cancel";
    private static final Pattern OPERATION_ID = Pattern.compile("[a-z0-9-]{1,64}");

    private final Operations operations;
    private final OperationStore store;
    private final Changes changes;
    private final Clock clock;

    public OperationsService(
            Operations operations, OperationStore store, Changes changes, Clock clock) {
        this.operations = operations;
        this.store = store;
        this.changes = changes;
        this.clock = clock;
    }

    private static final Table<Decided> DECISIONS =
            new Table<>("operation-decision", Decided.class);

    /** What an operator decided about an operation; written before it is done. */
    record Decided(String what, String by, Instant at) {}

    private interface Decision {
        OperationRecord take() throws OperationRefusedException;
    }

    @Override
    public void list(
            ListOperationsRequest request, StreamObserver<ListOperationsResponse> observer) {
        Answers.unary(
                observer,
                () -> {
                    KnownClusters.require(store, request.getCluster());
                    var answer = ListOperationsResponse.newBuilder();
                    store.list(request.getCluster(), Math.clamp(request.getLimit(), 1, MOST_LISTED))
                            .forEach(operation ->
                                    answer.addOperations(
                                            OperationMessages.operation(operation, List.of())));
                    return answer.build();
                });
    }

    @Override
    public void approve(OperationRequest request, StreamObserver<OperationReply> observer) {
        decide(
                observer,
                "Approve",
                request.getOperationId(),
                () -> operations.approve(request.getOperationId()));
    }

    @Override
    public void resume(OperationRequest request, StreamObserver<OperationReply> observer) {
        decide(
                observer,
                "Resume",
                request.getOperationId(),
                () -> operations.resume(request.getOperationId()));
    }

    @Override
    public void cancel(OperationRequest request, StreamObserver<OperationReply> observer) {
        decide(
                observer,
                CANCEL,
                request.getOperationId(),
                () -> operations.cancel(request.getOperationId()));
    }

    private void decide(
            StreamObserver<OperationReply> observer, String what, String id, Decision decision) {
        var actor = Peer.current().actor();
        Answers.unary(
                observer,
                () -> {
                    try {
                        requireMay(actor, what, require(id));
                        record(actor, what, id);
                        return OperationReply.newBuilder()
                                .setOperation(
                                        OperationMessages.operation(decision.take(), List.of()))
                                .build();
                    } catch (OperationRefusedException e) {
                        throw Answers.refusal(
                                Status.FAILED_PRECONDITION, String.valueOf(e.getMessage()));
                    }
                });
    }

    /** To go on with the end of a cluster is to end it. */
    private void requireMay(Actor actor, String what, String id) {
        boolean ends =
                !what.equals(CANCEL)
                        && store.find(id).flatMap(it -> it.consent().takeDown()).isPresent();
        if (ends && !AccessLevel.ADMIN.isThatOf(actor)) {
            throw Answers.refusal(
                    Status.PERMISSION_DENIED,
                    "operation %s takes a cluster down: that needs access level admin, %s has %s\n  → let an admin do it"
                            .formatted(id, actor.name(), actor.access()));
        }
    }

    private String require(String id) throws OperationRefusedException {
        if (!OPERATION_ID.matcher(id).matches() || store.find(id).isEmpty()) {
            var known = store.list("", MOST_LISTED).stream().map(OperationRecord::id).toList();
            throw new OperationRefusedException(
                    "there is no operation "
                            + Names.printable(id)
                            + Nearest.hint(id, known)
                            + "\n  → davit operations lists them");
        }
        return id;
    }

    private void record(Actor actor, String what, String id) {
        var now = clock.instant();
        changes.make(
                new Change(actor, "davit.operator.v1.Operations/" + what, "operation/" + id, id),
                transaction -> {
                    transaction.put(
                            DECISIONS,
                            id + "/" + now.toEpochMilli(),
                            new Decided(what, actor.name(), now));
                    return id;
                });
    }

    @Override
    public void watch(WatchOperationRequest request, StreamObserver<OperationEvent> observer) {
        var call = (ServerCallStreamObserver<OperationEvent>) observer;
        var watcher = new Watcher(call);
        try {
            Runnable end = operations.watch(named(request.getOperationId()), watcher);
            call.setOnReadyHandler(watcher::flush);
            call.setOnCancelHandler(end);
        } catch (OperationRefusedException e) {
            call.onError(Answers.refusal(Status.NOT_FOUND, String.valueOf(e.getMessage())));
        }
    }

    /** The one that is named; else the one that runs; else the newest. */
    private String named(String id) throws OperationRefusedException {
        if (!id.isEmpty()) {
            return require(id);
        }
        var newest = store.list("", MOST_LISTED);
        return newest.stream()
                .filter(operation -> operation.state() == OperationState.RUNNING)
                .findFirst()
                .or(() -> newest.stream().findFirst())
                .map(OperationRecord::id)
                .orElseThrow(() ->
                        new OperationRefusedException(
                                "there is no operation yet\n  → davit apply -f FILE starts one"));
    }

    /**
     * Sends as fast as the operator reads. One who is slow misses what a step said in between,
     * never its last word or the end.
     */
    private static final class Watcher implements OperationListener {

        private static final int MOST_WAITING = 500;

        private final ServerCallStreamObserver<OperationEvent> call;
        private final Deque<OperationEvent> waiting = new ArrayDeque<>();
        private boolean over;

        Watcher(ServerCallStreamObserver<OperationEvent> call) {
            this.call = call;
        }

        @Override
        public synchronized void snapshot(OperationRecord operation, List<StepRecord> steps) {
            waiting.clear();
            waiting.add(
                    OperationEvent.newBuilder()
                            .setSnapshot(OperationMessages.operation(operation, steps))
                            .build());
            flush();
        }

        @Override
        public synchronized void step(StepRecord step) {
            if (waiting.size() >= MOST_WAITING) {
                waiting.removeIf(event ->
                        event.hasStep()
                                && event.getStep().getStep().getId().equals(step.step().id()));
            }
            waiting.add(OperationEvent.newBuilder().setStep(OperationMessages.step(step)).build());
            flush();
        }

        @Override
        public synchronized void ended(OperationRecord operation, List<StepRecord> steps) {
            waiting.add(
                    OperationEvent.newBuilder()
                            .setEnded(OperationMessages.operation(operation, steps))
                            .build());
            over = true;
            flush();
        }

        synchronized void flush() {
            while (call.isReady() && !waiting.isEmpty()) {
                call.onNext(waiting.remove());
            }
            if (over && waiting.isEmpty() && !call.isCancelled()) {
                over = false;
                call.onCompleted();
            }
        }
    }
}
