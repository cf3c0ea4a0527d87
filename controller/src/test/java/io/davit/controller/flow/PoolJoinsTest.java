package io.davit.controller.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.davit.common.HostId;
import io.davit.controller.Specs;
import io.davit.controller.agentlink.Agents;
import io.davit.controller.agentlink.Batch;
import io.davit.controller.agentlink.BatchEnd;
import io.davit.controller.agentlink.BatchListener;
import io.davit.controller.agentlink.CheckResult;
import io.davit.controller.agentlink.Command;
import io.davit.controller.agentlink.HostAwayException;
import io.davit.controller.agentlink.ProbeReading;
import io.davit.controller.agentlink.StepOutcome;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.enroll.Place;
import io.davit.controller.enroll.PoolJoin;
import io.davit.controller.enroll.PoolMember;
import io.davit.controller.execute.OperationRecord;
import io.davit.controller.execute.OperationState;
import io.davit.controller.observe.ObservedHost;
import io.davit.controller.observe.RoleInventory.Obstacle;
import io.davit.controller.plan.ProbeCall;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PoolJoinsTest {

    private static final String WEB =
            Specs.SMALL.replace(
                    "  hosts:",
                    "  pools: [{name: web, role: worker, max: 4, labels: {tier: web}}]\n  hosts:");

    private final Random random = new Random(7);
    private FlowBench bench;

    @BeforeEach
    void bringUp() throws Exception {
        bench = new FlowBench();
        assertThat(bench.apply(WEB, bench.planned(WEB))).isInstanceOf(Flow.Started.class);
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

    /** What enrolment with a pool token leaves behind. */
    private String enrolled(int last) {
        var host = bench.fleet().add(random, "198.18.0." + last);
        String name = "web-" + host.id().value().substring(0, 8);
        bench.fleet().name(host.id(), name);
        bench.changes.make(
                new Change(Actor.controller(), "test", "host/" + host.id(), ""),
                transaction -> {
                    var member =
                            new PoolMember(
                                    host.id(),
                                    "small",
                                    "web",
                                    name,
                                    "198.18.0." + last,
                                    "token",
                                    false);
                    transaction.add(PoolMember.TABLE, member.id(), member);
                    transaction.add(Place.TABLE, host.id().value(), new Place("small", name));
                    transaction.add(
                            PoolJoin.TABLE,
                            member.id(),
                            new PoolJoin("small", name, 0, bench.clock.instant(), "", ""));
                    return name;
                });
        return name;
    }

    private HostId id(String name) {
        return bench.clusters.load("small").bindings().host(name).orElseThrow();
    }

    private boolean works(String name) {
        return bench.clusters.load("small").record().hasJoined("worker", name, id(name));
    }

    private void look(int times) throws InterruptedException {
        for (int i = 0; i < times; i++) {
            bench.joins.look();
        }
    }

    private OperationRecord newest() {
        return bench.stored.newest("small").orElseThrow();
    }

    private PoolJoin owed(String name) {
        return bench.members.owed().stream()
                .map(Members.Owed::join)
                .filter(join -> join.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void hostsThatBootTogetherJoinInOneOperation() throws Exception {
        var names = Set.of(enrolled(50), enrolled(51), enrolled(52));
        look(1);
        assertThat(bench.clusters.running("small")).as("others are waited for").isEmpty();
        look(1);
        idle();
        assertThat(newest().state()).isEqualTo(OperationState.DONE);
        assertThat(newest().consent().only()).isEqualTo(names);
        assertThat(names).allMatch(this::works);
        look(1);
        assertThat(bench.members.owed()).isEmpty();
        assertThat(bench.planned(WEB).plan().converged()).isTrue();
    }

    /** An agent tells nothing before it is asked, and who has just booted was not asked yet. */
    @Test
    void oneThatNobodyHasObservedYetJoins() throws Exception {
        String name = enrolled(50);
        var joins = bench.newJoins(new Unobserved(bench.fleet()));
        joins.look();
        joins.look();
        idle();
        assertThat(works(name)).isTrue();
    }

    @Test
    void joiningTouchesNoOtherDrift() throws Exception {
        bench.fleet().edit(id("w1"), "worker", "worker.config", "# by hand\n");
        String name = enrolled(50);
        look(2);
        idle();
        assertThat(works(name)).isTrue();
        assertThat(bench.planned(WEB).plan().steps())
                .as("what an apply would mend")
                .isNotEmpty()
                .allMatch(step -> step.host().equals("w1"));
    }

    @Test
    void aHostThatEnrolsDuringAnOperationWaitsForItsEnd() throws Exception {
        bench.fleet().edit(id("w1"), "worker", "worker.config", "# by hand\n");
        bench.apply(WEB);
        String name = enrolled(50);
        idle();
        assertThat(newest().state()).isEqualTo(OperationState.DONE);
        assertThat(works(name)).isFalse();
        look(2);
        idle();
        assertThat(works(name)).isTrue();
    }

    @Test
    void oneThatFailsIsTriedAgainLaterAndHoldsNobodyUp() throws Exception {
        String bad = enrolled(50);
        String good = enrolled(51);
        bench.fleet()
                .faultForEver(
                        bad + "/worker/service.k3s-agent",
                        new StepOutcome.Failed("no kernel module", List.of()));
        look(2);
        idle();
        assertThat(works(good)).isTrue();
        assertThat(works(bad)).isFalse();
        var first = newest();

        look(5);
        assertThat(newest()).as("not at once").isEqualTo(first);
        assertThat(bench.events.since(bench.clock.instant().minusSeconds(3600)))
                .anySatisfy(event ->
                        assertThat(event.text())
                                .contains("attempt 1 of " + PoolJoins.MOST, "no kernel module"));
        for (int i = 0; i < 20; i++) {
            bench.clock.advance(Duration.ofMinutes(20));
            look(2);
            idle();
        }
        assertThat(owed(bad).attempts()).isEqualTo(PoolJoins.MOST);
        assertThat(bench.stored.list("small", 100)).hasSize(1 + PoolJoins.MOST);
    }

    @Test
    void aControllerThatStartsAnewTriesAgainWhatWasGivenUp() throws Exception {
        String name = enrolled(50);
        bench.members.note(
                bench.members.owed().getFirst(),
                join -> {
                    var worn = join;
                    for (int i = 0; i < PoolJoins.MOST; i++) {
                        worn = worn.refused("full disk", bench.clock.instant());
                    }
                    return worn;
                });
        look(3);
        assertThat(works(name)).isFalse();
        try (var next = bench.newJoins()) {
            next.start();
            await().atMost(Duration.ofSeconds(60)).until(() -> works(name));
        }
        idle();
    }

    @Test
    void whatBlocksOneHostIsToldAndTheOthersJoin() throws Exception {
        String old = enrolled(50);
        String good = enrolled(51);
        bench.fleet()
                .obstacle(
                        id(old),
                        "worker",
                        Optional.of(
                                new Obstacle("not ours", "x", "/etc/rancher is there", "move it")));
        look(2);
        idle();
        assertThat(works(good)).isTrue();
        assertThat(owed(old).why()).contains("not ours: /etc/rancher is there; move it");
    }

    @Test
    void aMemberLeavesWhenAPersonHasApprovedIt() throws Exception {
        String stays = enrolled(50);
        String goes = enrolled(51);
        look(2);
        idle();
        var id = id(goes);
        var wish = new Flow.LeaveWish("small", Set.of(goes), false, false, Set.of(), Set.of());
        var asks = bench.flow.leave(FlowBench.ANN, wish);
        assertThat(asks).isInstanceOf(Flow.AsksFirst.class);
        assertThat(((Flow.AsksFirst) asks).plan().removals())
                .singleElement()
                .satisfies(removal -> assertThat(removal.host()).isEqualTo(goes));

        var approved =
                new Flow.LeaveWish(
                        "small", Set.of(goes), false, false, Set.of(), Set.of(id.value()));
        assertThat(bench.flow.leave(FlowBench.ANN, approved)).isInstanceOf(Flow.Started.class);
        idle();
        assertThat(newest().state()).isEqualTo(OperationState.DONE);
        assertThat(bench.records.find(Place.TABLE, id.value())).isEmpty();
        assertThat(bench.clusters.load("small").spec().cluster().hosts())
                .extracting(HostSpec::name)
                .contains(stays)
                .doesNotContain(goes);
        look(3);
        assertThat(bench.clusters.running("small")).as("it does not come back").isEmpty();
        assertThat(bench.planned(WEB).plan().converged()).isTrue();
    }

    @Test
    void aSpecKeepsPoolsThatHaveHostsAndRoomForThem() throws Exception {
        var names = List.of(enrolled(50), enrolled(51));
        var less = (Flow.Invalid) bench.plan(WEB.replace("max: 4", "max: 1"));
        assertThat(less.problems())
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.path()).isEqualTo("pools[0].max");
                    assertThat(problem.message())
                            .contains("at most 1 hosts")
                            .contains(names.get(0), names.get(1));
                });
        var none = (Flow.Invalid) bench.plan(Specs.SMALL);
        assertThat(none.problems())
                .singleElement()
                .satisfies(problem ->
                        assertThat(problem.message()).contains("cannot go: it has 2 hosts"));
        assertThat(bench.plan(WEB.replace("max: 4", "max: 2"))).isInstanceOf(Flow.Planned.class);
    }

    @Test
    void newLabelsOfAPoolReachItsMembers() throws Exception {
        String name = enrolled(50);
        look(2);
        idle();
        var planned = bench.planned(WEB.replace("tier: web", "tier: front"));
        assertThat(planned.changes())
                .singleElement()
                .satisfies(change -> assertThat(change.path()).isEqualTo("pools[web].labels"));
        assertThat(planned.plan().steps()).allMatch(step -> step.host().equals(name));
        assertThat(planned.plan().steps()).isNotEmpty();
    }

    /** Hosts that have a session and have said nothing of themselves. */
    private record Unobserved(Agents fleet) implements Agents {

        @Override
        public List<ObservedHost> hosts() {
            return fleet.hosts().stream()
                    .map(host ->
                            new ObservedHost(
                                    host.hostId(),
                                    host.peerAddress(),
                                    host.connected(),
                                    Optional.empty(),
                                    host.age(),
                                    host.clockOffset(),
                                    host.standing()))
                    .toList();
        }

        @Override
        public ObservedHost observe(HostId host, Duration deadline)
                throws HostAwayException, InterruptedException {
            return fleet.observe(host, deadline);
        }

        @Override
        public List<CheckResult> check(HostId host, List<Command> commands, Duration deadline)
                throws HostAwayException, InterruptedException {
            return fleet.check(host, commands, deadline);
        }

        @Override
        public BatchEnd execute(HostId host, Batch batch, BatchListener listener)
                throws InterruptedException {
            return fleet.execute(host, batch, listener);
        }

        @Override
        public ProbeReading probe(HostId host, String role, ProbeCall probe, Duration deadline)
                throws HostAwayException, InterruptedException {
            return fleet.probe(host, role, probe, deadline);
        }

        @Override
        public void cancel(HostId host, String operationId) {
            fleet.cancel(host, operationId);
        }

        @Override
        public boolean awaitConnected(HostId host, Duration deadline) throws InterruptedException {
            return fleet.awaitConnected(host, deadline);
        }
    }
}
