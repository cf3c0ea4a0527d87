package io.davit.controller.report;

import io.davit.controller.health.HealthReports.Reported;
import io.davit.controller.plan.EtcdState;
import io.davit.controller.report.RoleHealth.Standing;
import io.davit.controller.spec.ClusterSpec;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.ClusterSpec.PoolSpec;
import io.davit.controller.spec.Role;
import io.davit.proto.operator.v1.ClusterStatus;
import io.davit.proto.operator.v1.NearestExpiry;
import io.davit.proto.operator.v1.OldestReport;
import io.davit.proto.operator.v1.PoolStatus;
import io.davit.proto.operator.v1.VirtualIpStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A cluster's health in one message: per host and role, and what may still fail. */
public final class StatusMessages {

    private StatusMessages() {}

    /** The whole of it. */
    public static ClusterStatus cluster(ClusterPicture picture) {
        var cluster = picture.cluster();
        var spec = cluster.spec().cluster();
        long etcd = well(picture.health(), Role.ETCD);
        long servers = well(picture.health(), Role.CONTROL_PLANE);
        int members = spec.hosts(Role.ETCD).size();
        int quorum = members / 2 + 1;
        long spareMembers = Math.max(0, etcd - quorum);
        long spareServers = Math.max(0, servers - 1);
        boolean down = servers == 0 || etcd < quorum;
        List<String> problems = ClusterProblems.of(picture);
        String standing = down ? "down" : standing(picture.health(), problems);
        var message =
                ClusterStatus.newBuilder()
                        .setName(spec.name())
                        .setGeneration(cluster.spec().generation())
                        .setHealth(standing)
                        .setEtcdState(etcdState(cluster.record().etcd()))
                        .setFaultTolerance(
                                "may lose %d of %d etcd, %d of %d control plane"
                                        .formatted(
                                                spareMembers,
                                                members,
                                                spareServers,
                                                spec.hosts(Role.CONTROL_PLANE).size()))
                        .setMayLoseEtcdMembers((int) spareMembers)
                        .setMayLoseServers((int) spareServers)
                        .addEndpoints(picture.endpoint())
                        .setRunningOperation(picture.running().orElse(""))
                        .setK3SVersion(spec.k3sVersion().toString())
                        .setEtcdVersion(spec.etcdVersion().toString())
                        .addAllProblems(problems);
        spec.endpoint()
                .virtualIp()
                .ifPresent(address ->
                        message.setVirtualIp(
                                VirtualIpStatus.newBuilder()
                                        .setAddress(address)
                                        .addAllHolders(picture.virtualIpHolders())));
        nearestExpiry(picture).ifPresent(message::setNearestExpiry);
        oldestReport(picture).ifPresent(message::setOldestReport);
        spec.pools().forEach(pool -> message.addPools(pool(pool, picture)));
        var hosts = new HostMessages(picture);
        spec.hosts().forEach(host -> message.addHosts(hosts.host(host)));
        if (standing.equals(Standing.WAITING_FOR_CNI.text())) {
            message.addAllNextSteps(nextSteps(spec));
        }
        return message.build();
    }

    private static PoolStatus pool(PoolSpec pool, ClusterPicture picture) {
        var cluster = picture.cluster();
        var members =
                cluster.spec().cluster().hosts().stream()
                        .filter(host -> host.pool().equals(Optional.of(pool.name())))
                        .count();
        var leaving =
                cluster.bindings().leaving(cluster.spec().cluster()).stream()
                        .filter(name -> name.matches(pool.name() + "-[0-9a-f]{8}"))
                        .count();
        return PoolStatus.newBuilder()
                .setName(pool.name())
                .setMembers((int) (members + leaving))
                .setLeaving((int) leaving)
                .setMax(pool.max())
                .build();
    }

    private static String standing(Map<String, List<RoleHealth>> health, List<String> problems) {
        var standings =
                health.values().stream().flatMap(List::stream).map(RoleHealth::standing).toList();
        if (standings.contains(Standing.NOT_OK) || !problems.isEmpty()) {
            return "degraded";
        }
        return standings.contains(Standing.WAITING_FOR_CNI)
                ? Standing.WAITING_FOR_CNI.text()
                : "healthy";
    }

    private static Optional<NearestExpiry> nearestExpiry(ClusterPicture picture) {
        Optional<NearestExpiry> nearest = Optional.empty();
        var ends = Instant.MAX;
        for (HostSpec host : picture.cluster().spec().cluster().hosts()) {
            var lives =
                    picture.report(host)
                            .map(Reported::health)
                            .map(it -> it.certificates())
                            .orElse(List.of());
            for (var life : lives) {
                if (life.notAfter().isBefore(ends)) {
                    ends = life.notAfter();
                    nearest =
                            Optional.of(
                                    NearestExpiry.newBuilder()
                                            .setHost(host.name())
                                            .setRole(life.role())
                                            .setSlot(life.slot())
                                            .setNotAfter(HostMessages.timestamp(ends))
                                            .build());
                }
            }
        }
        return nearest;
    }

    private static Optional<OldestReport> oldestReport(ClusterPicture picture) {
        Optional<OldestReport> oldest = Optional.empty();
        var longest = Duration.ofMillis(-1);
        for (HostSpec host : picture.cluster().spec().cluster().hosts()) {
            var age = picture.report(host).map(Reported::age).orElse(longest);
            if (age.compareTo(longest) > 0) {
                longest = age;
                oldest =
                        Optional.of(
                                OldestReport.newBuilder()
                                        .setHost(host.name())
                                        .setAge(HostMessages.duration(age))
                                        .build());
            }
        }
        return oldest;
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
