package io.davit.controller.report;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import io.davit.common.HostId;
import io.davit.controller.health.HealthReports.Reported;
import io.davit.controller.health.WatchedProbe;
import io.davit.controller.observe.ObservedHost;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.Role;
import io.davit.proto.operator.v1.FileSystemStatus;
import io.davit.proto.operator.v1.HostStatus;
import io.davit.proto.operator.v1.ProbeStatus;
import io.davit.proto.operator.v1.RoleStatus;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A host of a cluster in one message: its roles as asked now, with what its own watch remembers.
 */
final class HostMessages {

    private final ClusterPicture picture;

    HostMessages(ClusterPicture picture) {
        this.picture = picture;
    }

    HostStatus host(HostSpec host) {
        var id = picture.id(host);
        var seen = picture.seen(host);
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
                .ifPresent(h -> message.setObservationAge(duration(h.age())));
        seen.filter(ObservedHost::connected)
                .ifPresent(h -> message.setClockOffset(duration(h.clockOffset())));
        picture.report(host).ifPresent(report -> numbers(report, message));
        for (RoleHealth role : picture.health().getOrDefault(host.name(), List.of())) {
            message.addRoleStatus(role(role, picture.freshReport(host)));
        }
        return message.build();
    }

    private static void numbers(Reported report, HostStatus.Builder message) {
        message.setReportAge(duration(report.age()))
                .setMemoryBytes(report.health().memoryBytes())
                .setMemoryAvailableBytes(report.health().memoryAvailableBytes());
        report.health()
                .fileSystems()
                .forEach(disk ->
                        message.addFileSystems(
                                FileSystemStatus.newBuilder()
                                        .setDirectory(disk.directory())
                                        .setSizeBytes(disk.sizeBytes())
                                        .setFreeBytes(disk.freeBytes())));
    }

    private RoleStatus role(RoleHealth role, Optional<Reported> report) {
        var message =
                RoleStatus.newBuilder()
                        .setRole(role.role())
                        .setOk(role.ok())
                        .setStanding(role.standing().text())
                        .setDetail(role.detail());
        if (report.isEmpty()) {
            return message.build();
        }
        Instant reportedAt = picture.now().minus(report.get().age());
        List<WatchedProbe> probes = report.get().health().role(role.role());
        since(role, probes)
                .ifPresent(length -> message.setSince(timestamp(reportedAt.minus(length))));
        probes.stream()
                .filter(probe -> !probe.lastError().isEmpty())
                .min(Comparator.comparing(WatchedProbe::lastErrorAge))
                .ifPresent(probe ->
                        message.setLastError(probe.name() + ": " + probe.lastError())
                                .setLastErrorAt(timestamp(reportedAt.minus(probe.lastErrorAge()))));
        probes.forEach(probe -> message.addProbes(probe(probe, reportedAt)));
        return message.build();
    }

    /**
     * A role that does well has done so since its last probe did; one that does not, since its
     * first probe did not. Empty where the watch has not seen yet what was asked now.
     */
    private static Optional<java.time.Duration> since(RoleHealth role, List<WatchedProbe> probes) {
        Function<WatchedProbe, java.time.Duration> length = WatchedProbe::since;
        if (role.ok()) {
            return probes.stream().anyMatch(WatchedProbe::failed)
                    ? Optional.empty()
                    : probes.stream().map(length).min(Comparator.naturalOrder());
        }
        return probes.stream()
                .filter(WatchedProbe::failed)
                .map(length)
                .max(Comparator.naturalOrder());
    }

    private static ProbeStatus probe(WatchedProbe probe, Instant reportedAt) {
        return ProbeStatus.newBuilder()
                .setProbe(probe.name())
                .setStanding(
                        switch (probe.standing()) {
                            case OK -> "ok";
                            case FAILED -> "failed";
                            case UNKNOWN -> "unknown";
                        })
                .setSince(timestamp(reportedAt.minus(probe.since())))
                .setLastError(probe.lastError())
                .putAllDetails(probe.details())
                .build();
    }

    static Timestamp timestamp(Instant at) {
        return Timestamp.newBuilder()
                .setSeconds(at.getEpochSecond())
                .setNanos(at.getNano())
                .build();
    }

    static Duration duration(java.time.Duration length) {
        return Duration.newBuilder()
                .setSeconds(length.toMillis() / 1000)
                .setNanos((int) (length.toMillis() % 1000) * 1_000_000)
                .build();
    }
}
