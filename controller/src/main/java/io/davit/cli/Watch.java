package io.davit.cli;

import io.davit.cli.view.LivePicture;
import io.davit.cli.view.PlanText;
import io.davit.cli.view.ProgressPicture;
import io.davit.proto.operator.v1.Operation;
import io.davit.proto.operator.v1.OperationEvent;
import io.davit.proto.operator.v1.OperationState;
import io.davit.proto.operator.v1.WatchOperationRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Follows an operation to its end. On a terminal a picture with a line per host, else a line per
 * event. A controller that goes away meanwhile is asked again for a minute: the operation goes on
 * without the one who watches.
 */
final class Watch {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Output out;
    private final boolean json;

    Watch(Output out, boolean json) {
        this.out = out;
        this.json = json;
    }

    /** The exit code by how it ended. */
    int until(String operationId) {
        var detached =
                new Thread(() ->
                        out.line(
                                "\n"
                                        + "Detached. The operation goes on; watch it again: davit"
                                        + " operations watch "
                                        + operationId));
        Runtime.getRuntime().addShutdownHook(detached);
        try (var live = LivePicture.onThisTerminal(System.out, json)) {
            Operation ended = follow(operationId, live);
            live.finish();
            Runtime.getRuntime().removeShutdownHook(detached);
            out.show(ended, () -> out.line(ending(ended)));
            return ended.getState() == OperationState.OPERATION_STATE_DONE
                    ? ExitCode.OK
                    : ExitCode.FAILED;
        } catch (CliException e) {
            Runtime.getRuntime().removeShutdownHook(detached);
            throw e;
        }
    }

    private Operation follow(String operationId, LivePicture live) {
        var picture = new ProgressPicture();
        long brokenSince = 0;
        while (true) {
            boolean heard = false;
            try (Connection connection =
                    Connection.open(Credential.read(Credential.usualFolder()))) {
                Iterator<OperationEvent> events =
                        connection
                                .operations()
                                .watch(
                                        WatchOperationRequest.newBuilder()
                                                .setOperationId(operationId)
                                                .build());
                while (events.hasNext()) {
                    OperationEvent event = events.next();
                    heard = true;
                    picture.take(event);
                    live.show(picture, event);
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
                    "Done%s: cluster %s is as the spec wants it."
                            .formatted(seconds, ended.getCluster());
            case OPERATION_STATE_NEEDS_APPROVAL ->
                    "Operation %s needs approval: what is to be done goes beyond what was approved. See davit operations watch %s, then davit operations approve %s"
                                    .formatted(ended.getId(), ended.getId(), ended.getId())
                            + causes;
            case OPERATION_STATE_INCOMPLETE ->
                    "Incomplete%s; apply again when what is away is back".formatted(seconds)
                            + causes;
            case OPERATION_STATE_NEEDS_ATTENTION ->
                    "Operation %s needs attention%s; then davit operations resume %s"
                                    .formatted(ended.getId(), seconds, ended.getId())
                            + causes;
            case OPERATION_STATE_CANCELLED -> "Cancelled" + seconds + causes;
            case OPERATION_STATE_FAILED -> "Failed" + seconds + causes;
            case OPERATION_STATE_RUNNING, OPERATION_STATE_UNSPECIFIED, UNRECOGNIZED ->
                    "Operation " + ended.getId() + " goes on" + causes;
        };
    }
}
