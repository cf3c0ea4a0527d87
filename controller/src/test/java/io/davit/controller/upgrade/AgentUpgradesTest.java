package io.davit.controller.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.davit.common.HostId;
import io.davit.common.Secret;
import io.davit.controller.agentlink.AgentBuilds;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.health.EventLog;
import io.davit.controller.plan.Blocker;
import io.davit.controller.simulate.SimulatedAgents;
import io.davit.controller.simulate.SimulatedAgents.Behaviour;
import io.davit.controller.simulate.SimulatedPace;
import io.davit.controller.spec.Role;
import io.davit.controller.store.Batch;
import io.davit.controller.store.ConflictException;
import io.davit.controller.store.Document;
import io.davit.controller.store.InMemoryStore;
import io.davit.controller.store.Records;
import io.davit.controller.store.StateStore;
import io.davit.controller.upgrade.AgentUpgrades.Wish;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Upgrades of a simulated fleet: order, gate, the stop at the first failure, and restarts. */
class AgentUpgradesTest {

    private static final Actor ANNA = new Actor("operator/anna", "admin", "");
    private static final String OLD = "0.1.0-000000000000";
    private static final TestPackage NEXT = TestPackage.amd64("0.2.0", "next");

    @TempDir Path directory;

    private final SimulatedPace pace = new SimulatedPace(Instant.parse("2026-11-23T00:00:00Z"));
    private final SimulatedAgents agents = new SimulatedAgents(pace);
    private final TestFleet fleet = new TestFleet();
    private final FullDisk store = new FullDisk(new InMemoryStore());
    private final EventLog events = new EventLog(Clock.systemUTC());
    private final AtomicInteger ids = new AtomicInteger();
    private final Changes changes = new Changes(store, Secret.of(new byte[32]), Clock.systemUTC());
    private @Nullable AgentUpgrades made;

    /** Members, and clusters that do as a test says. */
    private static final class TestFleet implements Fleet {
        final Map<String, Member> members = new LinkedHashMap<>();
        volatile Standing standing = new Standing(0, "");
        volatile Optional<String> operation = Optional.empty();
        volatile boolean broken;

        @Override
        public List<Member> members() {
            return List.copyOf(members.values());
        }

        @Override
        public Standing standing(String cluster) {
            return standing;
        }

        @Override
        public Optional<String> runningOperation(String cluster) {
            if (broken) {
                throw new IllegalStateException("broken fleet");
            }
            return operation;
        }
    }

    /** A store that takes nothing for a number of commits. */
    private record FullDisk(StateStore disk, AtomicInteger refused) implements StateStore {

        FullDisk(StateStore disk) {
            this(disk, new AtomicInteger());
        }

        @Override
        public Optional<Document> read(String key) {
            return disk.read(key);
        }

        @Override
        public List<Document> list(String prefix) {
            return disk.list(prefix);
        }

        @Override
        public List<Document> last(String prefix, int limit) {
            return disk.last(prefix, limit);
        }

        @Override
        public void commit(Batch batch) throws ConflictException {
            if (refused.getAndDecrement() > 0) {
                throw new IllegalStateException("the disk is full");
            }
            disk.commit(batch);
        }

        @Override
        public void close() {
            disk.close();
        }
    }

    @BeforeEach
    void lay() throws IOException {
        NEXT.write(directory.resolve("own"));
        made = begun(1);
        host("free", "");
        host("w1", "c", Role.WORKER);
        host("w2", "c", Role.WORKER);
        host("s1", "c", Role.CONTROL_PLANE);
        host("e1", "c", Role.ETCD);
    }

    private AgentUpgrades begun(long epoch) {
        return new AgentUpgrades(
                new AgentPackages(
                        directory.resolve("own"),
                        directory.resolve("imported"),
                        changes,
                        new Records(store)),
                agents,
                fleet,
                changes,
                store,
                events,
                pace,
                epoch,
                "0.2.0",
                () -> "u" + ids.incrementAndGet());
    }

    private AgentUpgrades upgrades() {
        return Objects.requireNonNull(made);
    }

    @AfterEach
    void stop() {
        upgrades().close();
    }

    private void host(String name, String cluster, Role... roles) {
        var id = new HostId(String.format("%032x", 1_000 + fleet.members.size()));
        fleet.members.put(
                name, new Member(id, name, cluster, cluster.isEmpty() ? "" : name, Set.of(roles)));
        agents.add(id, "0.1.0", OLD);
    }

    private HostId id(String name) {
        return Optional.ofNullable(fleet.members.get(name)).orElseThrow().id();
    }

    private String build(String name) {
        return agents.build(id(name));
    }

    private List<String> replaced() {
        var names = new ArrayList<String>();
        for (HostId id : agents.replaced()) {
            fleet.members.forEach((name, member) -> {
                if (member.id().equals(id)) {
                    names.add(name);
                }
            });
        }
        return names;
    }

    private AgentUpgrades.Answer begin(String... hosts) throws InterruptedException {
        return upgrades().begin(ANNA, new Wish(List.of(hosts), "", false));
    }

    private AgentUpgrades.View ended() {
        await().atMost(Duration.ofSeconds(60))
                .until(() ->
                        upgrades()
                                .newest()
                                .filter(view -> view.upgrade().state().ended())
                                .isPresent());
        return upgrades().newest().orElseThrow();
    }

    private HostUpgrade of(String name) {
        return upgrades().newest().orElseThrow().hosts().stream()
                .filter(host -> host.hostId().equals(id(name).value()))
                .findFirst()
                .orElseThrow();
    }

    private List<String> causes() {
        return upgrades().newest().orElseThrow().upgrade().causes().stream()
                .map(Blocker::cause)
                .toList();
    }

    @Test
    void aWholeFleetGetsTheBuildInOrder() throws Exception {
        begin();
        assertThat(ended().upgrade().state()).isEqualTo(UpgradeRecord.State.DONE);
        assertThat(replaced()).containsExactly("free", "w1", "w2", "s1", "e1");
        assertThat(fleet.members.keySet())
                .allSatisfy(name -> assertThat(build(name)).isEqualTo(NEXT.build()));
        assertThat(begin()).isInstanceOf(AgentUpgrades.NothingToDo.class);
        assertThat(events.since(Instant.EPOCH)).hasSize(5);
    }

    @Test
    void theFirstHostThatGoesBackEndsItAndTheOthersAreUntouched() throws Exception {
        for (Behaviour bad :
                List.of(
                        Behaviour.FAILS,
                        Behaviour.SILENT,
                        Behaviour.WRONG_VERSION,
                        Behaviour.SICK)) {
            agents.behave(NEXT.build(), bad);
            begin();
            assertThat(ended().upgrade().state())
                    .as("%s", bad)
                    .isEqualTo(UpgradeRecord.State.FAILED);
            assertThat(of("free").state()).as("%s", bad).isEqualTo(HostUpgrade.State.RETURNED);
            assertThat(of("free").logLines()).containsExactly("its last words");
            assertThat(of("w1").state()).isEqualTo(HostUpgrade.State.WAITING);
            assertThat(fleet.members.keySet())
                    .allSatisfy(name -> assertThat(build(name)).isEqualTo(OLD));
        }
        assertThat(replaced()).containsOnly("free");
        assertThat(causes().getFirst()).contains("etcd/etcd-health");
    }

    @Test
    void whyAVersionWasNotKeptIsTold() throws Exception {
        agents.behave(NEXT.build(), Behaviour.WRONG_VERSION);
        begin("w1");
        ended();
        assertThat(causes().getFirst()).contains("it reports version 9.9.9, 0.2.0 was ordered");
    }

    @Test
    void hostsThatAreThroughStayWhenALaterOneGoesBack() throws Exception {
        begin("w1");
        ended();
        agents.behave(NEXT.build(), Behaviour.FAILS);
        begin();
        ended();
        assertThat(build("w1")).isEqualTo(NEXT.build());
        agents.behave(NEXT.build(), Behaviour.GOOD);
        begin();
        assertThat(ended().upgrade().state()).isEqualTo(UpgradeRecord.State.DONE);
        assertThat(replaced()).containsExactly("w1", "free", "free", "w2", "s1", "e1");
    }

    @Test
    void aHostThatIsAwayIsLeftOutAndTold() throws Exception {
        agents.connected(id("w1"), false);
        begin();
        assertThat(ended().upgrade().state()).isEqualTo(UpgradeRecord.State.INCOMPLETE);
        assertThat(build("w1")).isEqualTo(OLD);
        assertThat(build("e1")).isEqualTo(NEXT.build());
        assertThat(upgrades().newest().orElseThrow().upgrade().causes().getFirst().host())
                .isEqualTo("c/w1");
    }

    @Test
    void aHostWithAStepInHandIsAskedAgainLater() throws Exception {
        agents.busy(id("w1"), Duration.ofSeconds(40));
        begin("w1");
        assertThat(ended().upgrade().state()).isEqualTo(UpgradeRecord.State.DONE);
        assertThat(build("w1")).isEqualTo(NEXT.build());
    }

    @Test
    void anAgentThatDoesNotAnswerIsToldAndEndsIt() throws Exception {
        agents.deaf(id("w1"));
        begin("w1");
        assertThat(ended().upgrade().state()).isEqualTo(UpgradeRecord.State.FAILED);
        assertThat(causes().getFirst()).contains("does not answer");
    }

    @Test
    void anAgentThatSaysSomethingNewForEverEndsIt() throws Exception {
        agents.talksForEver(id("w1"));
        begin("w1");
        await().until(() -> of("w1").detail().startsWith("still at it"));
        upgrades().cancel(ANNA);
        pace.sleep(Duration.ofMinutes(HostOrders.LONGEST_MINUTES));
        assertThat(ended().upgrade().state()).isEqualTo(UpgradeRecord.State.CANCELLED);
        assertThat(of("w1").state()).isEqualTo(HostUpgrade.State.LOST);
        assertThat(of("w1").detail()).contains("45 minutes; it says: still at it");
    }

    @Test
    void theEndOfAnUpgradeThatTheStoreDoesNotTakeIsStoredLater() throws Exception {
        fleet.operation = Optional.of("op-1");
        begin("w1");
        await().until(() -> upgrades().newest().orElseThrow().waitsFor().contains("op-1"));
        store.refused.set(20);
        fleet.broken = true;
        assertThat(ended().upgrade().state()).isEqualTo(UpgradeRecord.State.FAILED);
        assertThat(causes().getFirst()).contains("the controller failed").contains("broken fleet");
        assertThat(store.refused.get()).isNegative();
    }

    @Test
    void nothingBeginsWhileAnOperationRunsOnTheCluster() throws Exception {
        fleet.operation = Optional.of("op-1");
        begin();
        await().until(() -> upgrades().newest().orElseThrow().waitsFor().contains("op-1"));
        assertThat(replaced()).containsExactly("free");
        fleet.operation = Optional.empty();
        assertThat(ended().upgrade().state()).isEqualTo(UpgradeRecord.State.DONE);
    }

    @Test
    void nothingBeginsWhileAClusterIsWorseThanAsItBegan() throws Exception {
        begin("w1", "w2", "s1");
        await().until(() -> !replaced().isEmpty());
        fleet.standing = new Fleet.Standing(1, "s1 control-plane: readyz");
        assertThat(ended().upgrade().state()).isEqualTo(UpgradeRecord.State.FAILED);
        assertThat(replaced()).containsExactly("w1");
        assertThat(causes().getFirst()).contains("cluster c is degraded").contains("readyz");
    }

    @Test
    void aClusterThatWasDegradedBeforeIsNoReasonToWait() throws Exception {
        fleet.standing = new Fleet.Standing(1, "a disk is full");
        begin("w1");
        assertThat(ended().upgrade().state()).isEqualTo(UpgradeRecord.State.DONE);
    }

    @Test
    void aRestartedControllerGoesOnWhereHostsAre() throws Exception {
        begin();
        await().until(() -> replaced().size() == 2);
        upgrades().close();
        assertThat(upgrades().newest().orElseThrow().upgrade().state())
                .isEqualTo(UpgradeRecord.State.RUNNING);
        made = begun(2);
        upgrades().resume();
        assertThat(ended().upgrade().state()).isEqualTo(UpgradeRecord.State.DONE);
        assertThat(replaced()).containsExactly("free", "w1", "w2", "s1", "e1");
    }

    @Test
    void aBuildThatNobodyCouldKeepWhileTheControllerWasAwayIsTriedAgain() throws Exception {
        begin("w1");
        await().until(() -> replaced().size() == 1);
        upgrades().close();
        pace.sleep(Duration.ofMinutes(5));
        assertThat(build("w1")).isEqualTo(OLD);
        made = begun(2);
        upgrades().resume();
        assertThat(ended().upgrade().state()).isEqualTo(UpgradeRecord.State.DONE);
        assertThat(replaced()).containsExactly("w1", "w1");
        assertThat(build("w1")).isEqualTo(NEXT.build());
    }

    @Test
    void aCancelledUpgradeEndsAfterWhatHasBegun() throws Exception {
        begin();
        await().until(() -> replaced().size() == 1);
        upgrades().cancel(ANNA);
        assertThat(ended().upgrade().state()).isEqualTo(UpgradeRecord.State.CANCELLED);
        assertThat(build("free")).isEqualTo(NEXT.build());
        assertThat(replaced()).containsExactly("free");
    }

    @Test
    void aSecondOneDoesNotBeginBesideIt() throws Exception {
        begin("w1");
        assertThat(upgrades().begin(ANNA, new Wish(List.of(), "0.1.0", false)))
                .isInstanceOf(AgentUpgrades.Refused.class);
        assertThat(begin("w1"))
                .as("the same is watched")
                .isInstanceOf(AgentUpgrades.Accepted.class);
        assertThat(begin("w2")).as("of other hosts").isInstanceOf(AgentUpgrades.Refused.class);
        assertThat(upgrades().begin(ANNA, new Wish(List.of("w1"), "", true)))
                .as("also to what did not stand its trial")
                .isInstanceOf(AgentUpgrades.Refused.class);
        ended();
        assertThat(upgrades().newest().orElseThrow().hosts()).hasSize(1);
    }

    @Test
    void whatIsOnTrialIsNotThereYet() throws Exception {
        agents.behave(NEXT.build(), Behaviour.SICK);
        begin("w1");
        await().until(() ->
                agents.agent(id("w1")).filter(AgentBuilds.RunningAgent::onTrial).isPresent());
        assertThat(begin("w1")).isInstanceOf(AgentUpgrades.Accepted.class);
        ended();
    }

    @Test
    void theOneThatRunsIsKnownWhateverTheClockSaidBefore() throws Exception {
        begin("w1");
        var ofTomorrow = ended().upgrade();
        changes.make(
                new Change(ANNA, "test", "agents-upgrade", ""),
                transaction -> {
                    transaction.remove(UpgradeRecord.TABLE, ofTomorrow.id());
                    transaction.put(UpgradeRecord.TABLE, "z", ofTomorrow);
                    return ofTomorrow;
                });
        begin("w2");
        assertThat(begin("s1")).isInstanceOf(AgentUpgrades.Refused.class);
    }

    @Test
    void theControllerComesFirstAndNobodyFallsTwoVersionsBack() throws Exception {
        for (var each :
                Map.of("0.3.0", "the controller first", "0.0.9", "it would get no steps")
                        .entrySet()) {
            TestPackage.amd64(each.getKey(), "x").write(directory.resolve("own"));
            var answer = upgrades().begin(ANNA, new Wish(List.of(), each.getKey(), false));
            assertThat(answer)
                    .isInstanceOfSatisfying(
                            AgentUpgrades.Refused.class,
                            refused ->
                                    assertThat(refused.why().getFirst().remedy())
                                            .contains(each.getValue()));
        }
        assertThat(upgrades().newest()).isEmpty();
    }

    @Test
    void onlyTheHostThatWasOrderedToMayFetchTheArchive() throws Exception {
        agents.busy(id("w1"), Duration.ofMinutes(10));
        begin("w1");
        String sha256 = of("w1").target().sha256();
        await().until(() -> upgrades().mayFetch(id("w1"), sha256));
        assertThat(upgrades().mayFetch(id("w2"), sha256)).isFalse();
        assertThat(upgrades().mayFetch(id("w1"), "0".repeat(64))).isFalse();
        upgrades().cancel(ANNA);
        ended();
        assertThat(upgrades().mayFetch(id("w1"), sha256)).isFalse();
    }
}
