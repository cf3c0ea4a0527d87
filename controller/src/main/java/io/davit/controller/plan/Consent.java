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
 * @param only names of the hosts that may be touched: members of pools that join or leave; empty:
 *     all
 * @param agentToken the least version of the agent token that is wanted; 0: whichever there is
 * @param snapshot nothing is done but this; empty: none is taken
 */
public record Consent(
        boolean downtime,
        boolean forceDrain,
        Set<String> unreachable,
        Optional<AgentWork.Disposal> takeDown,
        Set<String> only,
        int agentToken,
        Optional<Snapshot> snapshot) {

    /**
     * One of etcd's data.
     *
     * @param name that it gets
     * @param host spec name of the host that it is taken from
     */
    public record Snapshot(String name, String host) {}

    public Consent {
        unreachable = Collections.unmodifiableSortedSet(new TreeSet<>(unreachable));
        only = Collections.unmodifiableSortedSet(new TreeSet<>(only));
    }

    /** To the whole spec, or to the end of the cluster. */
    public Consent(
            boolean downtime,
            boolean forceDrain,
            Set<String> unreachable,
            Optional<AgentWork.Disposal> takeDown) {
        this(downtime, forceDrain, unreachable, takeDown, Set.of(), 0, Optional.empty());
    }

    /** To the joining of these members of pools, and to nothing else. */
    public static Consent toJoin(Set<String> names) {
        return new Consent(false, false, Set.of(), Optional.empty(), names, 0, Optional.empty());
    }

    /**
     * To the removal of these members of pools, and to nothing else; where one is given up, to the
     * whole accepted spec, since every server and worker gets another agent token.
     */
    public static Consent toRemove(
            Set<String> names, boolean downtime, boolean forceDrain, Set<String> unreachable) {
        return new Consent(
                downtime,
                forceDrain,
                unreachable,
                Optional.empty(),
                unreachable.isEmpty() ? names : Set.of(),
                0,
                Optional.empty());
    }

    /** To a snapshot, and to nothing else. */
    public static Consent toSnapshot(String name, String host) {
        return new Consent(
                false,
                false,
                Set.of(),
                Optional.empty(),
                Set.of(host),
                0,
                Optional.of(new Snapshot(name, host)));
    }

    /** And to another agent token than this version and all before it. */
    public Consent withAgentTokenAfter(int version) {
        return new Consent(
                downtime, forceDrain, unreachable, takeDown, only, version + 1, snapshot);
    }

    boolean touches(String host) {
        return only.isEmpty() || only.contains(host);
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
