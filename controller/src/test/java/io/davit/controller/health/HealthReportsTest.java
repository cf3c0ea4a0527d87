package io.davit.controller.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.common.HostId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class HealthReportsTest {

    private final AtomicLong nanos = new AtomicLong();
    private final HealthReports reports = new HealthReports(nanos::get);
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

    @Test
    void aHostThatIsRemovedIsForgotten() {
        reports.received(host, health(1));
        reports.forget(host);
        assertThat(reports.find(host)).isEmpty();
    }
}
