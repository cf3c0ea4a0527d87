package io.davit.controller.agentlink;

import java.time.Duration;
import java.util.List;

/** Told while a batch runs; called by one thread at a time and must return quickly. */
public interface BatchListener {

    /**
     * A step moves.
     *
     * @param phase "check", "apply" or "verify"
     * @param detail what it does or waits for
     */
    void progress(String stepId, int attempt, String phase, String detail, List<String> logLines);

    /** A step ended. Never called with {@code Unknown}. */
    void result(String stepId, int attempt, StepOutcome outcome, Duration took);
}
