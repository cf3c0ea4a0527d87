package io.davit.agent.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.agent.link.TestPki;
import io.davit.agent.profile.Catalogue;
import io.davit.agent.system.FakeHost;
import io.davit.common.Keys;
import io.davit.common.Pem;
import io.davit.proto.agent.v1.CertificateLife;
import io.davit.proto.agent.v1.HealthReport;
import io.davit.proto.agent.v1.ProbeCall;
import io.davit.proto.agent.v1.ProbeReading;
import io.davit.proto.agent.v1.ProbeStanding;
import io.davit.proto.agent.v1.WatchedProbe;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HealthMonitorTest {

    @TempDir Path directory;
    private final List<HealthReport> reports = new CopyOnWriteArrayList<>();
    private final Scripted host = new Scripted();
    private FakeHost machine;
    private HealthMonitor monitor;

    @BeforeEach
    void open() throws IOException {
        machine = new FakeHost(directory);
        monitor =
                new HealthMonitor(
                        Catalogue.compiledIn(),
                        host,
                        machine.files(),
                        machine.clock(),
                        new Random(1),
                        reports::add);
    }

    @AfterEach
    void close() {
        host.held.countDown();
        monitor.close();
    }

    private WatchedProbe reported(String role, String probe) {
        return reports.getLast().getRolesList().stream()
                .filter(it -> it.getRole().equals(role))
                .flatMap(it -> it.getProbesList().stream())
                .filter(it -> it.getProbe().equals(probe))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aSecondFailureInARowCountsAndOneSuccessMends() throws Exception {
        monitor.round();
        assertThat(reported("etcd", "health").getStanding())
                .isEqualTo(ProbeStanding.PROBE_STANDING_OK);

        host.errors.put("health", "connection refused");
        machine.clock().sleep(Duration.ofSeconds(10));
        monitor.round();
        assertThat(reports).as("a hiccup is no news").hasSize(1);
        machine.clock().sleep(Duration.ofSeconds(3));
        monitor.round();
        var failed = reported("etcd", "health");
        assertThat(failed.getStanding()).isEqualTo(ProbeStanding.PROBE_STANDING_FAILED);
        assertThat(failed.getLastError()).isEqualTo("connection refused");
        assertThat(failed.getSinceMs()).isZero();

        host.errors.clear();
        machine.clock().sleep(Duration.ofSeconds(10));
        monitor.round();
        var mended = reported("etcd", "health");
        assertThat(mended.getStanding()).isEqualTo(ProbeStanding.PROBE_STANDING_OK);
        assertThat(mended.getFailures()).isZero();
        assertThat(mended.getLastError()).as("it stays known").isEqualTo("connection refused");
        assertThat(mended.getLastErrorMs()).isEqualTo(10_000);
    }

    @Test
    void beforeTheSecondReadingAFailureIsNotAFailureYet() throws Exception {
        host.errors.put("health", "connection refused");
        monitor.round();
        assertThat(reported("etcd", "health").getStanding())
                .isEqualTo(ProbeStanding.PROBE_STANDING_UNSPECIFIED);
    }

    @Test
    void withoutAChangeEveryThirdRoundIsReportedWhole() throws Exception {
        for (int round = 0; round < 7; round++) {
            host.details.put("numbers", Map.of("db-bytes", "" + round));
            monitor.round();
        }
        assertThat(reports).hasSize(3);
        assertThat(reports.getLast().getSequence()).isEqualTo(3);
        assertThat(reports.getLast().getRolesList()).hasSize(1);
        assertThat(reported("etcd", "numbers").getDetailsMap()).containsEntry("db-bytes", "6");

        host.details.put("numbers", Map.of("leader", "true"));
        monitor.round();
        assertThat(reports).as("who leads is news").hasSize(4);
    }

    @Test
    void aRoleThatIsRemovedIsNotWatchedAnyMore() throws Exception {
        host.errors.put("health", "connection refused");
        monitor.round();
        host.roles = Set.of();
        monitor.round();
        assertThat(reports.getLast().getRolesList()).isEmpty();
        assertThat(reports.getLast().getFileSystemsList()).isEmpty();
        host.roles = Set.of("etcd");
        monitor.round();
        assertThat(reported("etcd", "health").getFailures()).as("it begins anew").isEqualTo(1);
    }

    @Test
    void aProbeThatHangsFailsAndIsNotStartedASecondTime() throws Exception {
        host.hanging = "health";
        monitor.round();
        assertThat(reported("etcd", "health").getLastError()).isEqualTo("no answer within 4 s");
        assertThat(reported("etcd", "unit").getStanding())
                .isEqualTo(ProbeStanding.PROBE_STANDING_OK);
        monitor.round();
        assertThat(reported("etcd", "health").getStanding())
                .isEqualTo(ProbeStanding.PROBE_STANDING_FAILED);
        assertThat(reported("etcd", "health").getLastError())
                .isEqualTo("it has still not answered");
        assertThat(host.asked).filteredOn("health"::equals).hasSize(1);
    }

    @Test
    void memoryAndTheDisksOfInstalledRolesAreReported() throws Exception {
        machine.write("/proc/meminfo", "MemTotal:   2048 kB\nMemAvailable:   1024 kB\n");
        machine.write("/var/lib/davit/agent/x", "");
        monitor.round();
        var report = reports.getLast();
        assertThat(report.getMemoryBytes()).isEqualTo(2048 * 1024);
        assertThat(report.getMemoryAvailableBytes()).isEqualTo(1024 * 1024);
        assertThat(report.getFileSystemsList())
                .extracting(it -> it.getDirectory())
                .containsExactly("/var/lib/davit", "/var/lib/etcd");
        assertThat(report.getFileSystems(0).getSizeBytes()).isPositive();
    }

    @Test
    void theEndOfItsOwnIdentityIsReportedWhateverItsRoles() throws Exception {
        var certificate =
                new TestPki()
                        .agent(
                                Keys.newP256(new SecureRandom()).getPublic(),
                                "spiffe://davit/host/0123456789abcdef0123456789abcdef");
        machine.write("/var/lib/davit/agent/identity/chain.pem", Pem.ofCertificate(certificate));
        host.roles = Set.of();
        monitor.round();
        assertThat(reports.getLast().getCertificatesList())
                .containsExactly(
                        CertificateLife.newBuilder()
                                .setRole("agent")
                                .setSlot("identity")
                                .setNotAfterMs(certificate.getNotAfter().getTime())
                                .build());
    }

    /** A host whose probes answer what the test says; all are well at first. */
    private static final class Scripted implements WatchedHost {

        volatile Set<String> roles = Set.of("etcd");
        volatile String hanging = "";
        final Map<String, String> errors = new ConcurrentHashMap<>();
        final Map<String, Map<String, String>> details = new ConcurrentHashMap<>();
        final List<String> asked = new CopyOnWriteArrayList<>();
        final CountDownLatch held = new CountDownLatch(1);

        @Override
        public Set<String> installedRoles() {
            return roles;
        }

        @Override
        public ProbeReading probe(String role, ProbeCall call, Duration deadline) {
            asked.add(call.getProbe());
            if (hanging.equals(call.getProbe())) {
                try {
                    held.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            String error = errors.getOrDefault(call.getProbe(), "");
            return ProbeReading.newBuilder()
                    .setRole(role)
                    .setProbe(call.getProbe())
                    .setOk(error.isEmpty())
                    .setError(error)
                    .putAllDetails(details.getOrDefault(call.getProbe(), Map.of()))
                    .build();
        }
    }
}
