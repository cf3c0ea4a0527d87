package io.davit.controller.agentlink;

import io.davit.common.Names;
import io.davit.controller.health.HostHealth;
import io.davit.controller.health.WatchedProbe;
import io.davit.controller.health.WatchedProbe.Standing;
import io.davit.proto.agent.v1.HealthReport;
import io.davit.proto.agent.v1.WatchedRole;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Health reports as our own types, bounded and printable whatever a host sends. */
final class HealthFromWire {

    private static final int MOST_ROLES = 8;
    private static final int MOST_PROBES = 16;
    private static final int MOST_DETAILS = 1_000;
    private static final int MOST_FILE_SYSTEMS = 16;
    private static final int MOST_CERTIFICATES = 64;

    private HealthFromWire() {}

    static HostHealth report(HealthReport message) {
        Map<String, List<WatchedProbe>> roles = new HashMap<>();
        for (WatchedRole role : message.getRolesList().stream().limit(MOST_ROLES).toList()) {
            roles.put(
                    Names.printable(role.getRole()),
                    role.getProbesList().stream()
                            .limit(MOST_PROBES)
                            .map(HealthFromWire::probe)
                            .toList());
        }
        return new HostHealth(
                roles,
                message.getFileSystemsList().stream()
                        .limit(MOST_FILE_SYSTEMS)
                        .map(it ->
                                new HostHealth.FileSystem(
                                        Names.printable(it.getDirectory()),
                                        it.getSizeBytes(),
                                        it.getFreeBytes()))
                        .toList(),
                message.getMemoryBytes(),
                message.getMemoryAvailableBytes(),
                message.getCertificatesList().stream()
                        .limit(MOST_CERTIFICATES)
                        .map(it ->
                                new HostHealth.CertificateLife(
                                        Names.printable(it.getRole()),
                                        Names.printable(it.getSlot()),
                                        Instant.ofEpochMilli(it.getNotAfterMs())))
                        .toList());
    }

    private static WatchedProbe probe(io.davit.proto.agent.v1.WatchedProbe message) {
        Map<String, String> details = new HashMap<>();
        message.getDetailsMap().entrySet().stream()
                .limit(MOST_DETAILS)
                .forEach(it ->
                        details.put(Names.printable(it.getKey()), FromWire.text(it.getValue())));
        return new WatchedProbe(
                Names.printable(message.getProbe()),
                switch (message.getStanding()) {
                    case PROBE_STANDING_OK -> Standing.OK;
                    case PROBE_STANDING_FAILED -> Standing.FAILED;
                    case PROBE_STANDING_UNSPECIFIED, UNRECOGNIZED -> Standing.UNKNOWN;
                },
                Duration.ofMillis(Math.max(0, message.getSinceMs())),
                message.getFailures(),
                FromWire.text(message.getLastError()),
                Duration.ofMillis(Math.max(0, message.getLastErrorMs())),
                details);
    }
}
