package io.davit.controller.flow;

import io.davit.common.HostId;
import io.davit.controller.enroll.HostRecord;
import io.davit.controller.enroll.HostState;
import io.davit.controller.enroll.Hosts;
import io.davit.controller.enroll.Place;
import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.report.StatusMessages;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.Role;
import io.davit.controller.upgrade.Fleet;
import io.davit.controller.upgrade.Member;
import io.davit.proto.operator.v1.ClusterStatus;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Hosts and clusters, as an upgrade of agents asks for them. */
public final class UpgradeFleet implements Fleet {

    private final Hosts hosts;
    private final AcceptedClusters clusters;
    private final ClusterPictures pictures;

    public UpgradeFleet(Hosts hosts, AcceptedClusters clusters, ClusterPictures pictures) {
        this.hosts = hosts;
        this.clusters = clusters;
        this.pictures = pictures;
    }

    @Override
    public List<Member> members() {
        Map<String, AcceptedCluster> byName =
                clusters.all().stream()
                        .collect(
                                Collectors.toMap(
                                        cluster -> cluster.spec().cluster().name(),
                                        Function.identity()));
        return hosts.all().stream()
                .filter(host -> host.state() == HostState.ACTIVE)
                .map(host -> member(host, byName))
                .toList();
    }

    private Member member(HostRecord host, Map<String, AcceptedCluster> byName) {
        var id = new HostId(host.id());
        var place = hosts.place(id);
        return new Member(
                id,
                host.description().hostname(),
                place.map(Place::cluster).orElse(""),
                place.map(Place::name).orElse(""),
                place.flatMap(it ->
                                Optional.ofNullable(byName.get(it.cluster()))
                                        .map(cluster -> roles(cluster, it.name())))
                        .orElse(Set.of()));
    }

    private static Set<Role> roles(AcceptedCluster cluster, String name) {
        return cluster.spec().cluster().hosts().stream()
                .filter(host -> host.name().equals(name))
                .map(HostSpec::roles)
                .flatMap(roles -> roles.stream())
                .collect(Collectors.toSet());
    }

    @Override
    public Standing standing(String cluster) throws InterruptedException {
        var accepted = clusters.find(cluster);
        if (accepted.isEmpty()) {
            return new Standing(0, ""); // it was taken down meanwhile
        }
        var status = StatusMessages.cluster(pictures.of(List.of(accepted.get())).getFirst());
        int badness =
                switch (status.getHealth()) {
                    case "down" -> 2;
                    case "degraded" -> 1;
                    default -> 0;
                };
        return new Standing(badness, badness == 0 ? "" : wrong(status));
    }

    private static String wrong(ClusterStatus status) {
        return Stream.concat(
                        status.getHostsList().stream()
                                .flatMap(host ->
                                        host.getRoleStatusList().stream()
                                                .filter(role -> !role.getOk())
                                                .map(role ->
                                                        "%s %s: %s"
                                                                .formatted(
                                                                        host.getName(),
                                                                        role.getRole(),
                                                                        role.getDetail()))),
                        status.getProblemsList().stream())
                .limit(3)
                .collect(Collectors.joining("; "));
    }

    @Override
    public Optional<String> runningOperation(String cluster) {
        return clusters.running(cluster);
    }
}
