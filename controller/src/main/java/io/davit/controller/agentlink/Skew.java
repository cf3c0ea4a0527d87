package io.davit.controller.agentlink;

import io.davit.common.DavitVersion;
import java.util.Optional;

/**
 * Which agents a controller directs: those whose minor version is at most one from its own. What
 * has no version (a build that was never packaged) is believed to fit; the protocol's version is
 * compared anyway.
 */
public final class Skew {

    private Skew() {}

    /** Why an agent gets no steps of a controller, in one line; empty if it gets them. */
    public static Optional<String> tooFar(String agent, String controller) {
        var its = DavitVersion.parse(agent);
        var ours = DavitVersion.parse(controller);
        if (its.isEmpty() || ours.isEmpty() || its.get().worksWith(ours.get())) {
            return Optional.empty();
        }
        return Optional.of(
                "its agent is version %s, this controller %s: they are more than one minor version apart"
                        .formatted(its.get(), ours.get()));
    }
}
