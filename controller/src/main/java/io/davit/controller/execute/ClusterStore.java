package io.davit.controller.execute;

import io.davit.common.HostId;
import io.davit.controller.plan.AgentWork.Disposal;
import io.davit.controller.plan.Bindings;
import io.davit.controller.plan.ClusterRecord;
import io.davit.controller.plan.ControllerWork.Parting;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.ValidSpec;
import java.util.ArrayList;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** What is accepted and remembered of clusters. */
public interface ClusterStore {

    /**
     * The accepted state of a cluster.
     *
     * @throws IllegalStateException when there is no such cluster
     */
    AcceptedCluster load(String cluster);

    /** The same; empty when there is no such cluster, or none any more. */
    Optional<AcceptedCluster> find(String cluster);

    /**
     * Ends a binding; nothing where it has ended already. Durable on return.
     *
     * @param host spec name
     * @param id the host that it was
     * @param parting whether the host may ever be bound again, and what becomes of it
     */
    void unbind(String cluster, String host, HostId id, Parting parting);

    /**
     * Ends a cluster that no host is bound in any more; nothing where it has ended already. Durable
     * on return.
     */
    void end(String cluster, Disposal secrets);

    /** Changes the record by compare-and-swap, asking again on a conflict; durable on return. */
    void update(String cluster, UnaryOperator<ClusterRecord> change);

    /**
     * Spec, bindings and marks, read together.
     *
     * @param spec with the members of its pools that are to stay
     * @param bindings of these and of all that leave
     */
    record AcceptedCluster(ValidSpec spec, Bindings bindings, ClusterRecord record) {

        /**
         * As it was when only these hosts were bound: without members of pools that came
         * afterwards.
         */
        AcceptedCluster knowing(Set<String> names) {
            var hosts = new ArrayList<HostSpec>();
            var known = bindings;
            for (HostSpec host : spec.cluster().hosts()) {
                if (host.pool().isPresent() && !names.contains(host.name())) {
                    known = known.without(host.name());
                } else {
                    hosts.add(host);
                }
            }
            return hosts.size() == spec.cluster().hosts().size()
                    ? this
                    : new AcceptedCluster(
                            new ValidSpec(spec.cluster().withHosts(hosts), spec.generation()),
                            known,
                            record);
        }

        /** As it will be when these members of pools have been told to leave. */
        public AcceptedCluster leaving(Set<String> names) {
            var stay =
                    spec.cluster().hosts().stream()
                            .filter(host -> !names.contains(host.name()))
                            .toList();
            return new AcceptedCluster(
                    new ValidSpec(spec.cluster().withHosts(stay), spec.generation()),
                    bindings,
                    record);
        }
    }
}
