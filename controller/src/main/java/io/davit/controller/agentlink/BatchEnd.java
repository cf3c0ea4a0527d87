package io.davit.controller.agentlink;

import java.util.List;

/** How the execution of a batch ended, beyond the results that the listener was told. */
public sealed interface BatchEnd {

    /** The agent went through it: to its end, or to the first step that is not well. */
    record Finished() implements BatchEnd {}

    /** Contact was lost; steps without a result are unknown. */
    record ContactLost(String why) implements BatchEnd {}

    /**
     * The agent took none of the named steps, or was not even sent them.
     *
     * @param code "stale_epoch", "epoch_jump", "other_reign", "busy", "malformed" or "retired"
     */
    record Refused(String code, String why, List<String> stepIds) implements BatchEnd {
        public Refused {
            stepIds = List.copyOf(stepIds);
        }
    }
}
