package io.davit.controller.plan;

import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a person asked for beyond the spec, and accepted.
 *
 * @param downtime a service which stands alone may be away meanwhile
 * @param forceDrain Pods that cannot be evicted may be deleted
 * @param unreachable names of hosts that may be given up although nobody can reach them
 * @param takeDown the whole cluster ends, and this happens to its data; empty: it is kept as its
 *     spec says
 */
public record Consent(
        boolean downtime,
        boolean forceDrain,
        Set<String> unreachable,
        Optional<AgentWork.Disposal> takeDown) {

    public Consent {
        unreachable = Collections.unmodifiableSortedSet(new TreeSet<>(unreachable));
    }

    /** Nothing beyond the spec, but perhaps downtime. */
    public static Consent of(boolean downtime) {
        return new Consent(downtime, false, Set.of(), Optional.empty());
    }

    /** To the end of the cluster. */
    public static Consent toTakeDown(AgentWork.Disposal data, Set<String> unreachable) {
        return new Consent(true, false, unreachable, Optional.of(data));
    }
}
