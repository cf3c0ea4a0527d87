package io.davit.controller.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.common.HostId;
import io.davit.controller.Specs;
import io.davit.controller.agentlink.StepOutcome;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.enroll.HostRecord;
import io.davit.controller.enroll.HostState;
import io.davit.controller.enroll.Hosts;
import io.davit.controller.enroll.Place;
import io.davit.controller.enroll.Retirement;
import io.davit.controller.observe.ObservedHost;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A worker that was given up comes back. */
class RetiredHostsTest {

    private FlowBench bench;
    private Hosts hosts;
    private HostId gone;
    private RetiredHosts retired;

    @BeforeEach
    void bringUp() throws Exception {
        bench = new FlowBench();
        assertThat(bench.apply(Specs.SMALL, bench.planned(Specs.SMALL)))
                .isInstanceOf(Flow.Started.class);
        bench.idle();
        gone = bench.clusters.load("small").bindings().host("w2").orElseThrow();
        hosts = bench.hosts();
        retired = bench.newRetired(hosts);
        bench.fleet().connected(gone, false);
    }

    @AfterEach
    void stop() {
        bench.close();
    }

    /** What giving it up leaves behind. */
    private void retire(boolean wipe) {
        bench.changes.make(
                new Change(Actor.controller(), "test", "host/" + gone, ""),
                transaction -> {
                    Retirement.begin(transaction, record(), new Place("small", "w2"), wipe);
                    return gone;
                });
        bench.fleet().standing(gone, old -> new ObservedHost.Standing(false, "", Set.of(), "", ""));
    }

    private HostRecord record() {
        return FlowBench.host(gone, HostState.ACTIVE, "w2");
    }

    private boolean works() {
        return bench.fleet().hosts().stream()
                .filter(host -> host.hostId().equals(gone))
                .anyMatch(host -> host.role("worker").installed());
    }

    private List<String> told() {
        return bench.events.since(Instant.EPOCH).stream()
                .filter(event -> event.host().equals(gone))
                .map(event -> event.kind().text() + ": " + event.text())
                .toList();
    }

    private Optional<Instant> wipedAt() {
        return hosts.retirement(gone).flatMap(Retirement::wipedAt);
    }

    @Test
    void itsWorkerRoleEndsByItselfOnce() throws Exception {
        retire(true);
        retired.look();
        assertThat(works()).as("it is away").isTrue();

        bench.fleet().connected(gone, true);
        retired.look();

        assertThat(works()).isFalse();
        assertThat(wipedAt()).isPresent();
        assertThat(told())
                .containsExactly(
                        "wiped: retired: what it ran as w2 of cluster small has ended, and its data"
                                + " are destroyed");
        int steps = bench.fleet().applied().size();
        retired.look();
        bench.newRetired(hosts).look();
        assertThat(bench.fleet().applied()).as("and nothing more is done").hasSize(steps);
        assertThat(hosts.find(gone).orElseThrow().state()).isEqualTo(HostState.RETIRED);
    }

    @Test
    void whereNobodyApprovedItNothingIsTouched() throws Exception {
        retire(false);
        bench.fleet().connected(gone, true);
        retired.look();
        assertThat(works()).isTrue();
        assertThat(wipedAt()).isEmpty();
    }

    @Test
    void aHostOfAClusterIsNotLookedAt() throws Exception {
        bench.fleet().connected(gone, true);
        retired.look();
        assertThat(works()).isTrue();
    }

    @Test
    void aControllerThatDiesInItBeginsAnew() throws Exception {
        retire(true);
        bench.fleet().connected(gone, true);
        bench.fleet().loseContactAfter("retired/worker/remove");
        retired.look();
        assertThat(wipedAt()).as("nobody was told how it ended").isEmpty();
        bench.fleet().connected(gone, true);

        bench.newRetired(hosts).look();

        assertThat(wipedAt()).isPresent();
        assertThat(told())
                .satisfiesExactly(
                        first -> assertThat(first).contains("its agent gave no result"),
                        second -> assertThat(second).startsWith("wiped: "));
    }

    @Test
    void aFailureIsToldAndTriedAgainAfterAPause() throws Exception {
        retire(true);
        bench.fleet().connected(gone, true);
        bench.fleet()
                .fault(
                        "retired/worker/remove",
                        new StepOutcome.Blocked("a foreign mount point", "unmount it"));
        retired.look();
        retired.look();
        assertThat(told())
                .singleElement()
                .asString()
                .contains("failed: it is retired and cannot be wiped: a foreign mount point");
        bench.clock.advance(Duration.ofMinutes(2));
        retired.look();
        assertThat(wipedAt()).isPresent();
    }

    @Test
    void anOlderDiskIsWipedAgainWhenItHasBeenAway() throws Exception {
        retire(true);
        bench.fleet().connected(gone, true);
        hosts.wiped(gone, bench.clock.instant());
        retired.look();
        assertThat(works()).as("it says so itself, not the state").isFalse();
    }
}
