package io.davit.agent.step;

import java.util.List;

/** The engine's answer to a batch. */
public sealed interface BatchAnswer {

    /** It will be done; results come through the {@link EngineListener}. */
    record Accepted() implements BatchAnswer {}

    /**
     * None of it will be done.
     *
     * @param code {@code stale_epoch}, {@code epoch_jump}, {@code other_reign}, {@code busy} or
     *     {@code malformed}
     * @param why one line for people
     * @param stepIds the steps of the refused batch, as far as they could be read
     */
    record Refused(String code, String why, List<String> stepIds) implements BatchAnswer {
        public Refused {
            stepIds = List.copyOf(stepIds);
        }
    }
}
