package io.davit.controller.plan;

import io.davit.common.HostId;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the controller does itself: it marks what must not happen twice, and watches from outside.
 */
public sealed interface ControllerWork extends Work {

    /**
     * CAs, keys and passwords of a cluster that has none; stored before anything refers to them.
     */
    record MakeMaterial() implements ControllerWork {
        @Override
        public String what() {
            return "certificate authorities and tokens";
        }
    }

    /**
     * Another agent token; stored before anything refers to it. Nothing where this version is
     * there.
     *
     * @param version that there is then
     * @param without hosts that are not to know it, by HostId with their names
     */
    record RotateAgentToken(int version, Map<HostId, String> without) implements ControllerWork {

        public RotateAgentToken {
            without = Collections.unmodifiableSortedMap(new TreeMap<>(without));
        }

        @Override
        public String what() {
            return "agent token, version " + version;
        }
    }

    /**
     * etcd none → begun. Only these members may be started, with this token.
     *
     * @param incarnation 8 characters of [a-z0-9], part of every data directory's name
     */
    record MarkEtcdBegun(String incarnation, String token, List<EtcdState.Member> members)
            implements ControllerWork {

        public MarkEtcdBegun {
            members = List.copyOf(members);
        }

        @Override
        public String what() {
            return "etcd incarnation " + incarnation + " of " + members.size();
        }
    }

    /** etcd begun → done, after every member has answered a linearizable read. */
    record MarkEtcdDone(String incarnation) implements ControllerWork {
        @Override
        public String what() {
            return "etcd incarnation " + incarnation;
        }
    }

    /** First server none → chosen: no other server may start before it is done. */
    record MarkFirstServer(String host, HostId hostId) implements ControllerWork {
        @Override
        public String what() {
            return "first server " + host;
        }
    }

    /** First server chosen → done. */
    record MarkFirstServerDone(String host, HostId hostId) implements ControllerWork {
        @Override
        public String what() {
            return "first server " + host;
        }
    }

    /** A host's role has come up once. */
    record MarkJoined(String host, HostId hostId, String role) implements ControllerWork {
        @Override
        public String what() {
            return role + " " + host;
        }
    }

    /**
     * Asks a probe again and again, until it succeeds on one of these hosts.
     *
     * @param via hosts that can tell, in this order
     * @param role whose profile has the probe
     */
    record AwaitProbe(List<HostId> via, String role, ProbeCall probe, Duration deadline)
            implements ControllerWork {

        public AwaitProbe {
            via = List.copyOf(via);
        }

        @Override
        public String what() {
            return probe.toString();
        }
    }

    /**
     * Asks the guard whether a server may restart, before anything is done for its restart: a
     * refusal must not leave it half taken out.
     *
     * @param allowDowntime a person has accepted that nothing serves meanwhile
     */
    record MayRestart(HostId host, boolean allowDowntime) implements ControllerWork {
        @Override
        public String what() {
            return "the guard";
        }
    }

    /**
     * Asks the guard whether a server may leave for good: one of those that stay must be ready.
     *
     * @param host that leaves
     */
    record MayLeave(String host, HostId hostId) implements ControllerWork {
        @Override
        public String what() {
            return "the guard";
        }
    }

    /**
     * The host is not this cluster's any more.
     *
     * @param hostId the one that it was
     */
    record EndBinding(String host, Ref.Known hostId, Parting parting) implements ControllerWork {
        @Override
        public String what() {
            return switch (parting) {
                case FREE -> "unassigned " + host;
                case RETIRED -> "retired " + host;
                case RETIRED_TO_WIPE ->
                        "retired "
                                + host
                                + "; should it come back, its worker role and data are destroyed"
                                + " there";
            };
        }
    }

    /** How a host leaves its cluster. */
    enum Parting {
        /** Nothing of the cluster is on it. */
        FREE,
        /** It could not be reached: it is never bound again. */
        RETIRED,
        /**
         * The same, and a person has approved that what it ran as a worker ends and its data go.
         */
        RETIRED_TO_WIPE
    }

    /** The cluster is known no more; with {@link AgentWork.Disposal#DESTROY} its secrets go too. */
    record EndCluster(String name, AgentWork.Disposal secrets) implements ControllerWork {
        @Override
        public String what() {
            return name + (secrets == AgentWork.Disposal.DESTROY ? " and its secrets" : "");
        }
    }

    /**
     * Waits until these steps of the plan have ended, well or not.
     *
     * @param after ids of steps that come before this one in the plan
     */
    record AwaitTurn(List<String> after) implements ControllerWork {

        public AwaitTurn {
            after = List.copyOf(after);
        }

        @Override
        public String what() {
            return "the end of " + after.size() + " steps";
        }
    }
}
