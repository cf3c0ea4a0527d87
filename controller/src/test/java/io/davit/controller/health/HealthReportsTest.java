package io.davit.controller.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.common.HostId;
import io.davit.controller.TestClock;
import io.davit.controller.health.WatchedProbe.Standing;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class HealthReportsTest {

    private final AtomicLong nanos = new AtomicLong();
    private final EventLog events = new EventLog(new TestClock(Instant.EPOCH));
    private final HealthReports reports = new HealthReports(events, nanos::get);
    private final HostId host = new HostId("0".repeat(31) + "1");

    private static HostHealth health(long memory) {
        return new HostHealth(Map.of(), List.of(), memory, 0, List.of());
    }

    @Test
    void theNewestAloneCountsAndGrowsOld() {
        assertThat(reports.find(host)).isEmpty();
        reports.received(host, health(1));
        nanos.addAndGet(Duration.ofSeconds(30).toNanos());
        reports.received(host, health(2));
        nanos.addAndGet(Duration.ofSeconds(75).toNanos());
        var reported = reports.find(host).orElseThrow();
        assertThat(reported.health().memoryBytes()).isEqualTo(2);
        assertThat(reported.age()).isEqualTo(Duration.ofSeconds(75));
        assertThat(reported.fresh()).isTrue();
        nanos.addAndGet(1);
        assertThat(reports.find(host).orElseThrow().fresh()).isFalse();
    }

    private static HostHealth probe(Standing standing, Map<String, String> details) {
        return new HostHealth(
                Map.of(
                        "etcd",
                        List.of(
                                new WatchedProbe(
                                        "health",
                                        standing,
                                        Duration.ZERO,
                                        0,
                                        "connection refused",
                                        Duration.ZERO,
                                        details))),
                List.of(),
                0,
                0,
                List.of());
    }

    @Test
    void whatChangesFromOneReportToTheNextIsAnEvent() {
        reports.received(host, probe(Standing.OK, Map.of("held", "false")));
        reports.received(host, probe(Standing.FAILED, Map.of("held", "false")));
        reports.received(host, probe(Standing.FAILED, Map.of("held", "false")));
        reports.received(host, probe(Standing.OK, Map.of("held", "true", "address", "a")));
        reports.received(host, probe(Standing.OK, Map.of("held", "true", "address", "a")));
        assertThat(events.since(Instant.EPOCH))
                .extracting(it -> it.kind().text() + " " + it.role() + " " + it.text())
                .containsExactly(
                        "failed etcd health: connection refused",
                        "ok etcd health",
                        "address etcd has the virtual IP a");
    }

    @Test
    void onlyTheNewestEventsAreKept() {
        for (int number = 0; number < 5_001; number++) {
            events.add(host, EventLog.Kind.HOST_UP, "", "" + number);
        }
        var kept = events.since(Instant.EPOCH);
        assertThat(kept).hasSize(5_000);
        assertThat(kept.getFirst().text()).isEqualTo("1");
    }

    @Test
    void aHostThatIsRemovedIsForgotten() {
        reports.received(host, health(1));
        reports.forget(host);
        assertThat(reports.find(host)).isEmpty();
    }
}
