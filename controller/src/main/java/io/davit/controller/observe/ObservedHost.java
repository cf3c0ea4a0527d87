package io.davit.controller.observe;

import io.davit.common.HostId;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * A host as the controller sees it now.
 *
 * @param hostId its identity
 * @param peerAddress the address its session comes from, or last came from; of a host that waits
 *     for approval, and so has none, the address that it enrolled from
 * @param connected it has a session and its heartbeats come
 * @param observation what it said last; empty when it never said anything since the controller
 *     started
 * @param age how long ago it said so
 * @param clockOffset the host's clock minus the controller's
 * @param standing what the controller has granted it
 */
public record ObservedHost(
        HostId hostId,
        String peerAddress,
        boolean connected,
        Optional<Observation> observation,
        Duration age,
        Duration clockOffset,
        Standing standing) {

    /**
     * What the controller, not the host, says about it.
     *
     * @param approved a person or its token has approved it
     * @param cluster the cluster it is bound in, empty for none
     * @param allowedRoles by its token's scope; empty means all
     * @param allowedCluster by its token's scope; empty means any
     * @param fingerprintWords six words of its key, for comparing by eye
     * @param noSteps why its agent gets no steps; empty if it gets them
     * @param retired it was given up while nobody reached it, and is never bound again
     */
    public record Standing(
            boolean approved,
            String cluster,
            Set<String> allowedRoles,
            String allowedCluster,
            String fingerprintWords,
            String noSteps,
            boolean retired) {

        public Standing {
            allowedRoles = Set.copyOf(allowedRoles);
        }

        /** Of a host that was not given up, whose agent gets steps. */
        public Standing(
                boolean approved,
                String cluster,
                Set<String> allowedRoles,
                String allowedCluster,
                String fingerprintWords) {
            this(approved, cluster, allowedRoles, allowedCluster, fingerprintWords, "", false);
        }

        /** The same, with an agent that gets no steps. */
        public Standing withoutSteps(String why) {
            return new Standing(
                    approved,
                    cluster,
                    allowedRoles,
                    allowedCluster,
                    fingerprintWords,
                    why,
                    retired);
        }
    }

    /** The inventory of a role, empty of everything where nothing was observed. */
    public RoleInventory role(String role) {
        return observation.map(o -> o.role(role)).orElseGet(() -> RoleInventory.absent(role));
    }
}
