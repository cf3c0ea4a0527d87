package io.davit.agent.step;

import io.davit.agent.observe.ReadOnlyHost;
import io.davit.agent.profile.Profile;
import io.davit.proto.agent.v1.Step;
import java.io.IOException;
import java.util.Optional;

/** One kind of step: how it is checked and how it is applied. Verifying is checking once more. */
interface StepKind {

    /**
     * Compares the host with what the step wants; changes nothing, and cannot.
     *
     * @throws StepEnded if the step must not or cannot be done as things are
     */
    Finding check(Step step, Profile profile, ReadOnlyHost host)
            throws StepEnded, IOException, InterruptedException;

    /**
     * Makes the host what the step wants. May be repeated at any point after a crash.
     *
     * @return what was done, for people; empty if nothing had to change
     */
    Optional<String> apply(Step step, Profile profile, Work work)
            throws StepEnded, IOException, InterruptedException;

    /** It is applied whatever the check found, and not verified by one: it waits, or acts. */
    default boolean always() {
        return false;
    }
}
