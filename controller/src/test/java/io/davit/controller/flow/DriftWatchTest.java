package io.davit.controller.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.davit.common.HostId;
import io.davit.controller.Specs;
import io.davit.controller.agentlink.StepOutcome;
import io.davit.controller.health.EventLog;
import io.davit.controller.plan.Drift;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DriftWatchTest {

    private FlowBench bench;

    @BeforeEach
    void bringUp() throws Exception {
        bench = new FlowBench();
        assertThat(bench.apply(Specs.SMALL, bench.planned(Specs.SMALL)))
                .isInstanceOf(Flow.Started.class);
        idle();
    }

    @AfterEach
    void stop() {
        bench.close();
    }

    private void idle() {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> bench.clusters.running("small").isEmpty());
        bench.clock.advance(Duration.ofSeconds(2)); // operations sort by their second
    }

    private HostId id(String name) {
        return bench.clusters.load("small").bindings().host(name).orElseThrow();
    }

    private Drift seen() throws InterruptedException {
        bench.drifts.look();
        return bench.drifts.of("small").orElseThrow();
    }

    private List<String> told() {
        return bench.events.since(Instant.EPOCH).stream()
                .filter(event -> event.kind() == EventLog.Kind.DRIFT)
                .map(EventLog.HostEvent::text)
                .toList();
    }

    @Test
    void aClusterThatIsAsAppliedHasNone() throws Exception {
        assertThat(bench.drifts.of("small")).as("nobody has looked yet").isEmpty();
        assertThat(seen().hosts())
                .containsOnlyKeys("e1", "e2", "e3", "s1", "w1", "w2")
                .allSatisfy((_, differences) -> assertThat(differences).isEmpty());
        assertThat(told()).isEmpty();
    }

    @Test
    void aFileThatIsEditedByHandIsToldWithItsHostAndClearsWhenItIsMended() throws Exception {
        seen();
        int done = bench.fleet().applied().size();
        bench.fleet().edit(id("w1"), "worker", "worker.config", "# by hand\n");

        var drift = seen();

        assertThat(drift.hosts().get("w1"))
                .first()
                .asString()
                .contains("worker.config: differs from what is wanted: content");
        assertThat(drift.hosts().get("w2")).isEmpty();
        assertThat(bench.fleet().applied()).as("nothing is done about it").hasSize(done);
        assertThat(told()).singleElement().asString().startsWith("is not as applied: ");

        bench.apply(Specs.SMALL);
        idle();
        assertThat(bench.drifts.of("small")).as("it was seen before the operation").isEmpty();
        assertThat(seen().hosts().get("w1")).isEmpty();
    }

    @Test
    void aServiceThatOnlyDoesNotRunIsNone() throws Exception {
        bench.fleet().kill(id("w1"), "worker", "k3s-agent");
        assertThat(bench.planned(Specs.SMALL).plan().steps()).isNotEmpty();
        assertThat(seen().hosts().get("w1")).isEmpty();
    }

    @Test
    void aHostThatIsAwayIsNotToldOf() throws Exception {
        bench.fleet().edit(id("w1"), "worker", "worker.config", "# by hand\n");
        bench.fleet().connected(id("w1"), false);
        assertThat(seen().hosts()).doesNotContainKey("w1").containsKey("w2");
    }

    @Test
    void whatAnOperationDoesIsNone() throws Exception {
        seen();
        bench.fleet()
                .faultForEver(
                        "w1/worker/file.worker.config",
                        new StepOutcome.Retry(Duration.ofSeconds(1), "later"));
        bench.fleet().edit(id("w1"), "worker", "worker.config", "# by hand\n");
        bench.apply(Specs.SMALL);
        if (bench.clusters.running("small").isPresent()) {
            bench.drifts.look();
            assertThat(bench.drifts.of("small")).isEmpty();
        }
        idle();
        assertThat(seen().hosts().get("w1")).as("it was not brought about").isNotEmpty();
    }
}
