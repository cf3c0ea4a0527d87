package io.davit.controller.execute;

import io.davit.controller.plan.Step;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How far a step of an operation has come.
 *
 * @param detail what it does or waits for, or how it ended
 * @param attempt how often it was sent
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

    static StepRecord waiting(Step step) {
        return new StepRecord(
                step, StepState.WAITING, "", "", Optional.empty(), Optional.empty(), 0, List.of());
    }
}
