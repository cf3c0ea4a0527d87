package io.davit.controller.report;

import com.google.protobuf.Duration;
import io.davit.common.HostId;
import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.observe.ObservedHost;
import io.davit.controller.plan.EtcdState;
import io.davit.controller.report.RoleHealth.Standing;
import io.davit.controller.spec.ClusterSpec;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.Role;
import io.davit.proto.operator.v1.ClusterStatus;
import io.davit.proto.operator.v1.HostStatus;
import io.davit.proto.operator.v1.RoleStatus;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A cluster's health in one message: per host and role, and what may still fail. */
public final class StatusMessages {

    private StatusMessages() {}

    /**
     * @param seen the bound hosts by identity
     * @param health per spec host name, one entry a role
     * @param running the operation that acts on it now
     */
    public static ClusterStatus cluster(
            AcceptedCluster cluster,
            Map<HostId, ObservedHost> seen,
            Map<String, List<RoleHealth>> health,
            String endpoint,
            Optional<String> running) {
        var spec = cluster.spec().cluster();
        long etcd = well(health, Role.ETCD);
        long servers = well(health, Role.CONTROL_PLANE);
        int members = spec.hosts(Role.ETCD).size();
        int quorum = members / 2 + 1;
        boolean down = servers == 0 || etcd < quorum;
        String standing = down ? "down" : standing(health);
        var message =
                ClusterStatus.newBuilder()
                        .setName(spec.name())
                        .setGeneration(cluster.spec().generation())
                        .setHealth(standing)
                        .setEtcdState(etcdState(cluster.record().etcd()))
                        .setFaultTolerance(
                                "may lose %d of %d etcd, %d of %d control plane"
                                        .formatted(
                                                Math.max(0, etcd - quorum),
                                                members,
                                                Math.max(0, servers - 1),
                                                spec.hosts(Role.CONTROL_PLANE).size()))
                        .addEndpoints(endpoint)
                        .setRunningOperation(running.orElse(""))
                        .setK3SVersion(spec.k3sVersion().toString())
                        .setEtcdVersion(spec.etcdVersion().toString());
        for (HostSpec host : spec.hosts()) {
            var id = cluster.bindings().host(host.name());
            message.addHosts(
                    host(host, id, id.map(seen::get), health.getOrDefault(host.name(), List.of())));
        }
        if (standing.equals(Standing.WAITING_FOR_CNI.text())) {
            message.addAllNextSteps(nextSteps(spec));
        }
        return message.build();
    }

    private static String standing(Map<String, List<RoleHealth>> health) {
        var standings =
                health.values().stream().flatMap(List::stream).map(RoleHealth::standing).toList();
        if (standings.contains(Standing.NOT_OK)) {
            return "degraded";
        }
        return standings.contains(Standing.WAITING_FOR_CNI)
                ? Standing.WAITING_FOR_CNI.text()
                : "healthy";
    }

    private static List<String> nextSteps(ClusterSpec spec) {
        return List.of(
                "davit kubeconfig %s --merge --use".formatted(spec.name()),
                "install a CNI for the pods of %s, for instance: cilium install --set ipam.operator.clusterPoolIPv4PodCIDRList=%s"
                        .formatted(
                                String.join(", ", spec.network().clusterCidrs()),
                                spec.network().clusterCidrs().getFirst()),
                "davit status %s says healthy once the nodes are Ready".formatted(spec.name()));
    }

    private static HostStatus host(
            HostSpec host,
            Optional<HostId> id,
            Optional<ObservedHost> seen,
            List<RoleHealth> health) {
        var message =
                HostStatus.newBuilder()
                        .setName(host.name())
                        .setAddress(host.address())
                        .setHostId(id.map(HostId::value).orElse(""))
                        .addAllRoles(host.roles().stream().map(Role::text).toList())
                        .setConnection(
                                id.isEmpty()
                                        ? "unbound"
                                        : seen.map(h -> h.connected() ? "connected" : "away")
                                                .orElse("away"));
        seen.filter(h -> h.observation().isPresent())
                .ifPresent(h ->
                        message.setObservationAge(
                                Duration.newBuilder().setSeconds(h.age().toSeconds())));
        health.forEach(role ->
                message.addRoleStatus(
                        RoleStatus.newBuilder()
                                .setRole(role.role())
                                .setOk(role.ok())
                                .setStanding(role.standing().text())
                                .setDetail(role.detail())));
        return message.build();
    }

    private static long well(Map<String, List<RoleHealth>> health, Role role) {
        return health.values().stream()
                .flatMap(List::stream)
                .filter(h -> h.role().equals(role.text()) && h.serves())
                .count();
    }

    private static String etcdState(EtcdState state) {
        return switch (state) {
            case EtcdState.None _ -> "not begun";
            case EtcdState.Begun _ -> "starting for the first time";
            case EtcdState.Done _ -> "established";
        };
    }
}
