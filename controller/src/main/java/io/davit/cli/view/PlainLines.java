package io.davit.cli.view;

import com.google.protobuf.Timestamp;
import io.davit.proto.operator.v1.OperationStep;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** An operation as lines, for output that is no terminal, or one that can do nothing but lines. */
public final class PlainLines {

    private PlainLines() {}

    /** A step whose state changed; empty where there is nothing to say. */
    public static Optional<String> of(OperationStep step, Instant operationStart) {
        String word =
                switch (step.getState()) {
                    case STEP_STATE_RUNNING -> step.getDetail().isEmpty() ? "starts" : "...";
                    case STEP_STATE_CHANGED -> "done";
                    case STEP_STATE_UNCHANGED -> "unchanged";
                    case STEP_STATE_RETRYING -> "retries";
                    case STEP_STATE_BLOCKED -> "BLOCKED";
                    case STEP_STATE_FAILED -> "FAILED";
                    case STEP_STATE_UNKNOWN -> "unknown";
                    case STEP_STATE_SKIPPED, // the step that it waited for has said why
                            STEP_STATE_WAITING,
                            STEP_STATE_UNSPECIFIED,
                            UNRECOGNIZED ->
                            "";
                };
        if (word.isEmpty()) {
            return Optional.empty();
        }
        Timestamp at = Steps.over(step) ? step.getEndedAt() : step.getStartedAt();
        String line =
                line(operationStart, OperationTimes.instant(at), Steps.host(step), word, step);
        return Optional.of(
                step.getRemedy().isEmpty() ? line : line + "\n          → " + step.getRemedy());
    }

    /** What is waited for while nothing changes; empty when nothing is in hand. */
    public static Optional<String> stillThere(Progress progress, Instant now) {
        var ahead = new CriticalPath(progress.steps()).ahead(now);
        if (ahead.isEmpty()) {
            return Optional.empty();
        }
        var step = ahead.getFirst();
        Instant start = OperationTimes.instant(progress.operation().getStartedAt());
        return Optional.of(
                line(start, now, Steps.host(step), "waits", step)
                        + " (for %s; then %d more steps)"
                                .formatted(
                                        OperationTimes.age(step.getStartedAt(), now),
                                        ahead.size() - 1));
    }

    private static String line(
            Instant start, Instant at, String host, String word, OperationStep step) {
        double seconds = Duration.between(start, at).toMillis() / 1000.0;
        return "%7.1fs  %-10s  %-9s  %s%s"
                .formatted(
                        Math.max(0, seconds),
                        host,
                        word,
                        Steps.titleWithRole(step),
                        step.getDetail().isEmpty() ? "" : ": " + step.getDetail());
    }
}
