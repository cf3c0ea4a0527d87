package io.davit.controller.execute;

import io.davit.controller.plan.Step;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How far a step of an operation has come.
 *
 * @param detail what it does or waits for, or how it ended
 * @param attempt the round of the operation in which it was sent
 */
public record StepRecord(
        Step step,
        StepState state,
        String detail,
        String remedy,
        Optional<Instant> startedAt,
        Optional<Instant> endedAt,
        int attempt,
        List<String> logLines) {

    public StepRecord {
        logLines = List.copyOf(logLines);
    }

    /** A step of a new plan. */
    public static StepRecord waiting(Step step) {
        return new StepRecord(
                step, StepState.WAITING, "", "", Optional.empty(), Optional.empty(), 0, List.of());
    }

    StepRecord started(int round, Instant now) {
        return new StepRecord(
                step,
                StepState.RUNNING,
                "",
                "",
                Optional.of(now),
                Optional.empty(),
                round,
                List.of());
    }

    StepRecord saying(String what, List<String> lines) {
        return new StepRecord(step, state, what, remedy, startedAt, endedAt, attempt, lines);
    }

    StepRecord ended(StepState how, String why, String what, List<String> lines, Instant now) {
        return new StepRecord(step, how, why, what, startedAt, Optional.of(now), attempt, lines);
    }
}
