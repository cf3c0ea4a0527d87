package io.davit.cli;

import io.davit.cli.view.LivePicture;
import io.davit.cli.view.PlanText;
import io.davit.cli.view.Progress;
import io.davit.cli.view.ProgressSummary;
import io.davit.cli.view.Screen;
import io.davit.proto.operator.v1.Operation;
import io.davit.proto.operator.v1.OperationEvent;
import io.davit.proto.operator.v1.OperationState;
import io.davit.proto.operator.v1.WatchOperationRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Follows an operation to its end. On a terminal a live picture, else a line per event; then where
 * its time went. A controller that goes away meanwhile is asked again for a minute: the operation
 * goes on without the one who watches.
 */
final class Watch {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Output out;
    private final Connection controller;
    private final Screen screen;

    Watch(Output out, Connection controller, Screen screen) {
        this.out = out;
        this.controller = controller;
        this.screen = screen;
    }

    /** Shows how it goes, and how it ended. */
    int until(String operationId) {
        return until(
                operationId, (ended, progress) -> out.show(ended, () -> tell(ended, progress)));
    }

    /** Shows how it goes, and on success nothing of its end: the caller has more to say. */
    int untilWell(String operationId) {
        return until(
                operationId,
                (ended, progress) -> {
                    if (ended.getState() != OperationState.OPERATION_STATE_DONE) {
                        out.show(ended, () -> tell(ended, progress));
                    }
                });
    }

    private interface Ending {
        void tell(Operation ended, Progress progress);
    }

    /** The exit code by how it ended. */
    private int until(String operationId, Ending ending) {
        var live = LivePicture.on(out.json() ? silent() : System.out, screen);
        var detached =
                new Thread(() -> {
                    live.close();
                    out.line(
                            "\n"
                                    + "Detached. The operation goes on; watch it again: davit"
                                    + " operations watch "
                                    + operationId);
                });
        Runtime.getRuntime().addShutdownHook(detached);
        try (live) {
            Operation ended = follow(operationId, live);
            live.finish();
            Runtime.getRuntime().removeShutdownHook(detached);
            ending.tell(ended, live.progress());
            return ended.getState() == OperationState.OPERATION_STATE_DONE
                    ? ExitCode.OK
                    : ExitCode.FAILED;
        } catch (CliException e) {
            Runtime.getRuntime().removeShutdownHook(detached);
            throw e;
        }
    }

    private static PrintStream silent() {
        return new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    }

    private void tell(Operation ended, Progress progress) {
        ProgressSummary.of(progress).forEach(out::line);
        out.line(ending(ended));
        boolean asTheSpecWants =
                ended.getState() == OperationState.OPERATION_STATE_DONE
                        && ended.getSnapshot().isEmpty();
        if (asTheSpecWants) {
            LastWords.tellOnceSettled(out, controller, ended.getCluster());
        }
    }

    private Operation follow(String operationId, LivePicture live) {
        long brokenSince = 0;
        while (true) {
            boolean heard = false;
            try {
                Iterator<OperationEvent> events =
                        controller
                                .operations()
                                .watch(
                                        WatchOperationRequest.newBuilder()
                                                .setOperationId(operationId)
                                                .build());
                while (events.hasNext()) {
                    OperationEvent event = events.next();
                    heard = true;
                    live.take(event);
                    if (event.hasEnded()) {
                        return event.getEnded();
                    }
                }
            } catch (StatusRuntimeException e) {
                boolean away =
                        e.getStatus().getCode() == Status.Code.UNAVAILABLE
                                || e.getStatus().getCode() == Status.Code.CANCELLED;
                if (!away) {
                    throw Refusals.explain(e, "the controller");
                }
            }
            long now = System.nanoTime();
            brokenSince = heard || brokenSince == 0 ? now : brokenSince;
            if (now - brokenSince > PATIENCE.toNanos()) {
                throw new CliException(
                        ExitCode.UNREACHABLE,
                        "cannot watch operation "
                                + operationId
                                + ": the controller has been away for "
                                + PATIENCE.toSeconds()
                                + " s",
                        "what runs on the hosts goes on; see again: davit operations watch "
                                + operationId);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
            controller.again();
        }
    }

    private static String ending(Operation ended) {
        String seconds =
                Optional.of(ended)
                        .filter(Operation::hasEndedAt)
                        .map(o ->
                                " after %d s"
                                        .formatted(
                                                Math.max(
                                                        0,
                                                        o.getEndedAt().getSeconds()
                                                                - o.getStartedAt().getSeconds())))
                        .orElse("");
        String causes =
                ended.getCausesCount() == 0
                        ? ""
                        : ":\n" + PlanText.blockers(ended.getCausesList()).stripTrailing();
        return switch (ended.getState()) {
            case OPERATION_STATE_DONE ->
                    ended.getSnapshot().isEmpty()
                            ? "Done%s: cluster %s is as the spec wants it."
                                    .formatted(seconds, ended.getCluster())
                            : "Done%s: snapshot %s of cluster %s is held."
                                    .formatted(seconds, ended.getSnapshot(), ended.getCluster());
            case OPERATION_STATE_NEEDS_APPROVAL ->
                    "Operation %s needs approval: what is to be done goes beyond what was approved. See davit operations watch %s, then davit operations approve %s"
                                    .formatted(ended.getId(), ended.getId(), ended.getId())
                            + causes;
            case OPERATION_STATE_INCOMPLETE ->
                    "Incomplete"
                            + seconds
                            + (ended.getSnapshot().isEmpty()
                                    ? "; apply again when what is away is back"
                                    : "; no snapshot was taken")
                            + causes;
            case OPERATION_STATE_NEEDS_ATTENTION ->
                    "Operation %s needs attention%s; then davit operations resume %s"
                                    .formatted(ended.getId(), seconds, ended.getId())
                            + causes;
            case OPERATION_STATE_CANCELLED -> "Cancelled" + seconds + causes;
            case OPERATION_STATE_FAILED ->
                    "Failed%s; davit why %s says more".formatted(seconds, ended.getId()) + causes;
            case OPERATION_STATE_RUNNING, OPERATION_STATE_UNSPECIFIED, UNRECOGNIZED ->
                    "Operation " + ended.getId() + " goes on" + causes;
        };
    }
}
