package io.davit.controller.execute;

import io.davit.controller.agentlink.StepOutcome;
import java.time.Duration;

/** A wish that no further step starts, and that none waits on. */
final class Cancellation {

    private volatile boolean asked;

    void ask() {
        asked = true;
    }

    boolean asked() {
        return asked;
    }

    /** Of a step that ends for it, in the words of the agents. */
    static StepOutcome outcome(String where) {
        return new StepOutcome.Retry(Duration.ZERO, "cancelled: " + where);
    }
}
