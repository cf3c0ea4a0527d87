package io.davit.controller.execute;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.controller.Bench;
import io.davit.controller.Specs;
import io.davit.controller.agentlink.StepOutcome;
import io.davit.controller.plan.Blocker;
import io.davit.controller.plan.Catalog;
import io.davit.controller.plan.EtcdState;
import io.davit.controller.plan.FirstServer;
import io.davit.controller.plan.Step;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ExecutorTest {

    private static ExecutorBench small() {
        return new ExecutorBench(Specs.small(), 1);
    }

    private static ExecutorBench smallBuilt() throws InterruptedException {
        var bench = small();
        assertThat(bench.apply().state()).isEqualTo(OperationState.DONE);
        return bench;
    }

    @Test
    void bringsAClusterUpAndEveryUnitStartsOnce() throws InterruptedException {
        var bench = small();

        var operation = bench.apply();

        assertThat(operation.causes()).isEmpty();
        assertThat(operation.state()).isEqualTo(OperationState.DONE);
        assertThat(operation.round()).isEqualTo(1);
        assertThat(bench.clusters.record.etcd()).isInstanceOf(EtcdState.Done.class);
        assertThat(bench.clusters.record.firstServer()).isInstanceOf(FirstServer.Done.class);
        assertThat(bench.clusters.record.joined()).hasSize(3);
        assertThat(bench.bench.fleet.totalStarts()).isEqualTo(6);
        assertThat(bench.violations()).isEmpty();
    }

    @Test
    void applyingAgainDoesNothing() throws InterruptedException {
        var bench = smallBuilt();
        int applied = bench.bench.fleet.applied().size();

        var again = bench.apply();

        assertThat(again.state()).isEqualTo(OperationState.DONE);
        assertThat(again.round()).isZero();
        assertThat(bench.bench.fleet.applied()).hasSize(applied);
    }

    @Test
    void aFailedStepStopsItsHostAndItsDependentsAndNothingElse() throws InterruptedException {
        var bench = small();
        bench.bench.fleet.fault(
                "w1/worker/file.worker.token",
                new StepOutcome.Failed("disk full", List.of("log line")));

        var operation = bench.apply();

        assertThat(operation.state()).isEqualTo(OperationState.FAILED);
        assertThat(operation.causes())
                .containsExactly(
                        new Blocker(
                                "w1",
                                "worker",
                                "w1/worker/file.worker.token",
                                "disk full",
                                "mend the cause, then apply again or resume the operation"));
        assertThat(bench.state(operation, "w1/worker/service.k3s-agent"))
                .isEqualTo(StepState.SKIPPED);
        assertThat(bench.state(operation, "w2/worker/joined")).isEqualTo(StepState.CHANGED);
        assertThat(bench.starts("w1", "worker", "k3s-agent")).isZero();

        assertThat(bench.resume(operation).state()).isEqualTo(OperationState.DONE);
        assertThat(bench.bench.fleet.totalStarts()).isEqualTo(6);
    }

    @Test
    void whatEverythingDependsOnSkipsEverythingAfterIt() throws InterruptedException {
        var bench = small();
        bench.bench.fleet.fault(
                "e2/etcd/prepare", new StepOutcome.Blocked("not ours: /etc/etcd", "move it away"));

        var operation = bench.apply();

        assertThat(operation.state()).isEqualTo(OperationState.FAILED);
        assertThat(operation.causes()).extracting(Blocker::remedy).containsExactly("move it away");
        assertThat(bench.state(operation, "cluster/etcd/begin")).isEqualTo(StepState.SKIPPED);
        assertThat(bench.state(operation, "s1/control-plane/file.control-plane.config"))
                .isEqualTo(StepState.CHANGED);
        assertThat(bench.bench.fleet.totalStarts()).isZero();
        assertThat(bench.clusters.record.etcd()).isInstanceOf(EtcdState.None.class);
        assertThat(bench.resume(operation).state()).isEqualTo(OperationState.DONE);
    }

    @Test
    void contactLostAfterTheEffectIsObservedAgainAndNotDoneTwice() throws InterruptedException {
        for (String step :
                List.of(
                        "e1/etcd/service.etcd",
                        "s1/control-plane/service.k3s",
                        "w2/worker/file.worker.config",
                        "e3/etcd/file.etcd.config-afterwards")) {
            var bench = small();
            bench.bench.fleet.loseContactAfter(step);
            String host = step.substring(0, 2);
            var operation = bench.accept(false);
            var reconnect =
                    Thread.ofVirtual()
                            .start(() -> {
                                var id = bench.bench.id(host);
                                while (bench.bench.fleet.hosts().stream()
                                        .allMatch(h -> h.connected())) {
                                    Thread.onSpinWait();
                                    Thread.yield();
                                }
                                bench.bench.fleet.connected(id, true);
                            });

            assertThat(bench.run(operation).state()).as(step).isEqualTo(OperationState.DONE);
            reconnect.join();
            assertThat(bench.bench.fleet.totalStarts()).as(step).isEqualTo(6);
            assertThat(bench.violations()).as(step).isEmpty();
        }
    }

    @Test
    void aHostThatStaysAwayEndsItIncompleteAndTheRestIsDone() throws InterruptedException {
        var bench = small();
        bench.bench.fleet.loseContactAfter("w2/worker/prepare");

        var operation = bench.apply();

        assertThat(operation.state()).isEqualTo(OperationState.INCOMPLETE);
        assertThat(operation.causes()).extracting(Blocker::host).containsExactly("w2");
        assertThat(bench.starts("w1", "worker", "k3s-agent")).isEqualTo(1);
        bench.bench.fleet.connected(bench.bench.id("w2"), true);
        assertThat(bench.resume(operation).state()).isEqualTo(OperationState.DONE);
    }

    @Test
    void workersAreIncompleteWhenTheOnlyHostThatCanTellOfThemGoesAway()
            throws InterruptedException {
        var bench = small();
        bench.bench.fleet.loseContactAfter("s1/control-plane/await");

        var operation = bench.apply();

        assertThat(operation.state()).isEqualTo(OperationState.INCOMPLETE);
        assertThat(operation.causes()).extracting(Blocker::host).containsExactly("s1");
        bench.bench.fleet.connected(bench.bench.id("s1"), true);
        assertThat(bench.resume(operation).state()).isEqualTo(OperationState.DONE);
        assertThat(bench.bench.fleet.totalStarts()).isEqualTo(6);
    }

    @Test
    void aBadWorkerOfTheFirstBatchDoesNotKeepTheNextBatchFromJoining() throws InterruptedException {
        var bench = new ExecutorBench(Specs.of(1, 1, 60, false), 1);
        bench.bench.fleet.fault(
                "w1/worker/prepare", new StepOutcome.Failed("disk full", List.of()));

        var operation = bench.apply();

        assertThat(operation.state()).isEqualTo(OperationState.FAILED);
        assertThat(operation.causes())
                .extracting(Blocker::step)
                .containsExactly("w1/worker/prepare");
        assertThat(bench.state(operation, "w60/worker/joined")).isEqualTo(StepState.CHANGED);
        assertThat(bench.clusters.record.joined()).hasSize(60);
    }

    @Test
    void afterARestartOfTheControllerHostsAreGivenTimeToComeBack() throws InterruptedException {
        var bench = small();
        var operation = bench.accept(false);
        var id = bench.bench.id("e2");
        bench.bench.fleet.connected(id, false);
        var comesBack =
                Thread.ofVirtual()
                        .start(() -> {
                            while (bench.bench.pace.now().isBefore(Bench.START.plusSeconds(3))) {
                                Thread.yield();
                            }
                            bench.bench.fleet.connected(id, true);
                        });

        assertThat(bench.runAfterRestart(operation).state()).isEqualTo(OperationState.DONE);
        comesBack.join();
    }

    @Test
    void whatGoesBeyondTheApprovalParksTheOperation() throws InterruptedException {
        var bench = smallBuilt();
        bench.bench.fleet.edit(bench.bench.id("w1"), "worker", "worker.config", "debug: true\n");
        var operation = bench.accept(false);
        // Meanwhile something dies that nobody was told of.
        bench.bench.fleet.kill(bench.bench.id("w2"), "worker", "k3s-agent");

        var parked = bench.run(operation);

        assertThat(parked.state()).isEqualTo(OperationState.NEEDS_APPROVAL);
        assertThat(parked.outsideEnvelope())
                .extracting(Step::id)
                .contains("w2/worker/service.k3s-agent");
        assertThat(bench.starts("w2", "worker", "k3s-agent")).isEqualTo(1);
        var approved = parked.running(parked.envelope().with(parked.outsideEnvelope()));
        assertThat(bench.run(approved).state()).isEqualTo(OperationState.DONE);
        assertThat(bench.starts("w2", "worker", "k3s-agent")).isEqualTo(2);
    }

    @Test
    void anApprovalHoldsForItsGenerationAndBindingsOnly() throws InterruptedException {
        var bench = small();
        var operation = bench.accept(false);
        bench.clusters.bindings = bench.clusters.bindings.with("w2", bench.bench.id("w1"));

        assertThat(bench.run(operation).state())
                .isIn(OperationState.NEEDS_APPROVAL, OperationState.FAILED);
        assertThat(bench.bench.fleet.applied()).isEmpty();
    }

    @Test
    void severalServersKeepTheFirstServerRule() throws InterruptedException {
        for (long seed = 1; seed <= 20; seed++) {
            var bench = new ExecutorBench(Specs.of(3, 3, 2, false), seed);

            assertThat(bench.apply().state()).isEqualTo(OperationState.DONE);
            assertThat(bench.violations()).as("seed %d", seed).isEmpty();
            var applied = bench.bench.fleet.applied();
            assertThat(applied.indexOf("s2/control-plane/service.k3s"))
                    .isGreaterThan(applied.indexOf("s1/control-plane/await-ping"));
        }
    }

    @Test
    void aRestartOfTheOnlyServerNeedsAllowDowntime() throws InterruptedException {
        var bench = smallBuilt();
        bench.bench.spec =
                Specs.read(
                        Specs.SMALL.replace(
                                "version: v1.34.1+k3s1",
                                "version: v1.34.1+k3s1\n    server: {disable: [traefik]}"));

        assertThat(bench.plan(false).blockers()).hasSize(1);
        assertThat(bench.run(bench.accept(true)).state()).isEqualTo(OperationState.DONE);
        assertThat(bench.starts("s1", "control-plane", "k3s")).isEqualTo(2);
        assertThat(bench.bench.fleet.totalStarts()).isEqualTo(7);
    }

    @Test
    void theQuorumGuardRefusesTheRestartThatWouldEndTheQuorum() throws InterruptedException {
        var bench = smallBuilt();
        for (String name : List.of("e1", "e2", "e3")) {
            bench.bench.fleet.restartWanted(bench.bench.id(name), "etcd", "etcd");
        }
        var operation = bench.accept(false);
        assertThat(bench.store.steps(operation.id())).isEmpty();
        bench.bench.fleet.connected(bench.bench.id("e3"), false);
        bench.bench.fleet.kill(bench.bench.id("e3"), "etcd", "etcd");

        var ended = bench.run(operation);

        assertThat(ended.state()).isEqualTo(OperationState.FAILED);
        assertThat(ended.causes())
                .singleElement()
                .satisfies(cause -> {
                    assertThat(cause.step()).isEqualTo("e1/etcd/service.etcd");
                    assertThat(cause.cause())
                            .isEqualTo("quorum guard: 1 of 3 voters would serve, 2 are needed");
                });
        assertThat(bench.starts("e1", "etcd", "etcd")).isEqualTo(1);

        bench.bench.fleet.connected(bench.bench.id("e3"), true);
        var mended = bench.run(bench.accept(false));
        assertThat(mended.state()).isEqualTo(OperationState.DONE);
        assertThat(bench.starts("e1", "etcd", "etcd")).isEqualTo(2);
        assertThat(bench.starts("e2", "etcd", "etcd")).isEqualTo(2);
        assertThat(bench.starts("e3", "etcd", "etcd")).isEqualTo(2);
    }

    @Test
    void anAgentThatAsksForARetryIsAskedAgain() throws InterruptedException {
        var bench = small();
        bench.bench.fleet.fault(
                "w1/worker/prepare",
                new StepOutcome.Retry(Duration.ofSeconds(3), "dpkg is locked"));

        var operation = bench.apply();

        assertThat(operation.state()).isEqualTo(OperationState.DONE);
        assertThat(operation.round()).isEqualTo(2);
    }

    @Test
    void aStepThatMetAnotherStateThanPlannedIsPlannedAgain() throws InterruptedException {
        var bench = small();
        bench.bench.fleet.fault(
                "w1/worker/prepare",
                new StepOutcome.Failed("stale, plan again: it changed", List.of()));

        var operation = bench.apply();

        assertThat(operation.state()).isEqualTo(OperationState.DONE);
        assertThat(operation.round()).isEqualTo(2);
    }

    @Test
    void retriesEndWhenNothingMovesAnyMore() throws InterruptedException {
        var bench = smallBuilt();
        bench.bench.fleet.edit(bench.bench.id("w1"), "worker", "worker.config", "debug: true\n");
        bench.bench.fleet.faultForEver(
                "w1/worker/file.worker.config",
                new StepOutcome.Retry(Duration.ofSeconds(3), "busy"));

        var operation = bench.apply();

        assertThat(operation.state()).isEqualTo(OperationState.NEEDS_ATTENTION);
        assertThat(operation.causes()).extracting(Blocker::cause).containsExactly("busy");
    }

    @Test
    void workThatIsUndoneAgainAndAgainNeedsAttention() throws InterruptedException {
        var bench = smallBuilt();
        bench.bench.fleet.edit(bench.bench.id("w1"), "worker", "worker.config", "debug: true\n");
        bench.bench.fleet.faultForEver(
                "w1/worker/file.worker.config", new StepOutcome.Changed("wrote nothing"));

        var operation = bench.apply();

        assertThat(operation.state()).isEqualTo(OperationState.NEEDS_ATTENTION);
        assertThat(operation.causes())
                .singleElement()
                .satisfies(c ->
                        assertThat(c.cause())
                                .startsWith("it ended well 3 times and is still needed"));
    }

    @Test
    void anOlderReignIsRefused() throws InterruptedException {
        var bench = smallBuilt();
        bench.epoch = 0;
        bench.bench.fleet.edit(bench.bench.id("w1"), "worker", "worker.config", "debug: true\n");

        var operation = bench.apply();

        assertThat(operation.state()).isEqualTo(OperationState.FAILED);
        assertThat(operation.causes())
                .extracting(Blocker::cause)
                .containsExactly("the agent refused: stale_epoch: epoch 0 is over");
    }

    @Test
    void anArtifactThatCannotBeHadBlocksWhoeverNeedsIt() throws InterruptedException {
        var bench = small();
        bench.brokenArtifacts.put(
                "etcd", "cannot fetch etcd 3.5.16: its sha256 is not the published one");

        var operation = bench.apply();

        assertThat(operation.state()).isEqualTo(OperationState.FAILED);
        assertThat(operation.causes())
                .extracting(Blocker::step)
                .containsExactly(
                        "e1/etcd/artifact.etcd", "e2/etcd/artifact.etcd", "e3/etcd/artifact.etcd");
        bench.brokenArtifacts.clear();
        assertThat(bench.resume(operation).state()).isEqualTo(OperationState.DONE);
    }

    @Test
    void heldPackagesAreBroughtBeforeTheirStepAndOnlyItsHostsMayFetchThem()
            throws InterruptedException {
        var bench = new ExecutorBench(Specs.read(Specs.HA), 1);
        var set =
                new Catalog.ArtifactFile(
                        "os-packages", "debian-12", "amd64", "os.tar", "ab".repeat(32), 1);
        bench.bench.packageSets =
                List.of(
                        new Catalog.PackageSet(
                                set, Map.of("haproxy", "2.6.12", "keepalived", "2.2.7")));
        bench.brokenArtifacts.put("os-packages", "it is not held any more");

        var operation = bench.apply();

        assertThat(operation.causes())
                .extracting(Blocker::step)
                .containsExactly(
                        "e1/load-balancer/package.haproxy", "e2/load-balancer/package.haproxy");
        bench.brokenArtifacts.clear();
        assertThat(bench.resume(operation).state()).isEqualTo(OperationState.DONE);
        assertThat(
                        bench.bench.fleet.hosts().stream()
                                .filter(h -> h.hostId().equals(bench.bench.id("e1")))
                                .findFirst()
                                .orElseThrow()
                                .role("load-balancer")
                                .packages())
                .containsEntry("haproxy", "2.6.12")
                .containsEntry("keepalived", "2.2.7");
    }

    @Test
    void aCancelledOperationStartsNothingMore() throws InterruptedException {
        var bench = small();
        var operation = bench.accept(false);
        var cancellation = new Cancellation();
        var feed = bench.executor.feed(operation);
        feed.watch(
                new RecordingListener() {
                    @Override
                    public void step(StepRecord step) {
                        if (step.step().id().equals("cluster/etcd/begin") && step.state().well()) {
                            cancellation.ask();
                        }
                    }
                });

        var ended = bench.executor.run(feed, cancellation, false);

        assertThat(ended.state()).isEqualTo(OperationState.CANCELLED);
        assertThat(bench.starts("s1", "control-plane", "k3s")).isZero();
        assertThat(bench.resume(ended).state()).isEqualTo(OperationState.DONE);
        assertThat(bench.bench.fleet.totalStarts()).isEqualTo(6);
    }

    @Test
    void aStepThatEndsItsWaitingForACancelIsSkippedAndNotTriedAgain() throws InterruptedException {
        var bench = small();
        bench.bench.fleet.fault(
                "w1/worker/await", new StepOutcome.Retry(Duration.ZERO, "cancelled: not ready"));
        var operation = bench.accept(false);
        var cancellation = new Cancellation();
        var feed = bench.executor.feed(operation);
        feed.watch(
                new RecordingListener() {
                    @Override
                    public void step(StepRecord step) {
                        if (step.step().id().equals("w1/worker/service.k3s-agent")
                                && step.state().well()) {
                            cancellation.ask();
                        }
                    }
                });

        var ended = bench.executor.run(feed, cancellation, false);

        assertThat(ended.state()).isEqualTo(OperationState.CANCELLED);
        var step =
                bench.store.steps(operation.id()).stream()
                        .filter(it -> it.step().id().equals("w1/worker/await"))
                        .findFirst()
                        .orElseThrow();
        assertThat(step.state()).isEqualTo(StepState.SKIPPED);
        assertThat(step.detail()).startsWith("cancelled: ");
        assertThat(bench.resume(ended).state()).isEqualTo(OperationState.DONE);
    }

    @Test
    void aWatcherSeesASnapshotEveryStepsEndAndTheEnd() throws InterruptedException {
        var bench = small();
        var operation = bench.accept(false);
        var feed = bench.executor.feed(operation);
        var listener = new RecordingListener();
        feed.watch(listener);

        bench.executor.run(feed, new Cancellation(), false);

        assertThat(listener.snapshots).isEqualTo(2);
        assertThat(listener.ended).containsExactly(OperationState.DONE);
        assertThat(listener.finished)
                .containsAll(
                        Set.copyOf(
                                bench.store.steps(operation.id()).stream()
                                        .map(s -> s.step().id())
                                        .toList()));
    }
}
