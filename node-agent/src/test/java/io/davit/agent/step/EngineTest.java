package io.davit.agent.step;

import static io.davit.agent.step.EngineHarness.etcdConfig;
import static io.davit.agent.step.EngineHarness.prepare;
import static io.davit.agent.step.EngineHarness.service;
import static io.davit.agent.step.EngineHarness.step;
import static io.davit.agent.step.EngineHarness.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.davit.common.Digests;
import io.davit.proto.agent.v1.AwaitHealthy;
import io.davit.proto.agent.v1.ExecuteBatch;
import io.davit.proto.agent.v1.Outcome;
import io.davit.proto.agent.v1.ProbeCall;
import io.davit.proto.agent.v1.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EngineTest {

    @TempDir Path directory;
    private EngineHarness harness;

    @BeforeEach
    void open() throws IOException {
        harness = new EngineHarness(directory);
    }

    @AfterEach
    void close() {
        harness.close();
    }

    @Test
    void aMemberIsBroughtUpAndASecondTimeNothingChanges() throws Exception {
        assertThat(harness.run(harness.bringUp())).allMatch(Outcome::hasChanged).hasSize(8);
        assertThat(harness.host.systemd().calls()).containsExactly("enable etcd", "start etcd");
        var before = harness.host.tree();

        assertThat(harness.run(harness.bringUp())).allMatch(Outcome::hasUnchanged).hasSize(8);

        assertThat(harness.host.tree()).isEqualTo(before);
        assertThat(harness.host.systemd().calls()).hasSize(2);
    }

    @Test
    void aCheckOfAWholeBringUpChangesNothingAndKnowsWhatEarlierStepsWouldHaveDone()
            throws Exception {
        var before = harness.host.tree();

        var results = harness.engine().check(List.of(harness.bringUp()));

        assertThat(results).allMatch(result -> result.hasWouldChange()).hasSize(8);
        assertThat(harness.host.tree()).isEqualTo(before);
        assertThat(harness.host.systemd().calls()).isEmpty();
        assertThat(harness.host.transientUnits().ran()).isEmpty();
        assertThat(results.get(7).getWouldChange().getChange())
                .contains("start etcd")
                .doesNotContain("restart");
    }

    @Test
    void aCheckOfABringUpThatIsDoneFindsNothingToDo() throws Exception {
        harness.run(harness.bringUp());
        var before = harness.host.tree();

        var results = harness.engine().check(List.of(harness.bringUp()));

        assertThat(results).allMatch(result -> result.hasUnchanged());
        assertThat(harness.host.tree()).isEqualTo(before);
    }

    @Test
    void aCheckSeesTheRestartThatAnEarlierStepWouldCause() throws Exception {
        harness.run(harness.bringUp());
        String previous = Digests.sha256Hex(etcdConfig("new", 100));

        var results =
                harness.engine()
                        .check(
                                List.of(
                                        write(
                                                "etcd",
                                                "etcd.config",
                                                etcdConfig("new", 200),
                                                previous),
                                        service(true, false, "etcd.config")));

        assertThat(results.get(0).getWouldChange().getDiff())
                .contains("-heartbeat-interval: 100\n+heartbeat-interval: 200\n");
        assertThat(results.get(1).getWouldChange().getRestarts()).isTrue();
        assertThat(results.get(1).getWouldChange().getChange())
                .contains("restart etcd (etcd.config changed)");
    }

    @Test
    void theFirstStepThatFailsEndsItsBatch() throws Exception {
        var outcomes =
                harness.run(
                        prepare("etcd"),
                        write("etcd", "no.such-slot", "x", ""),
                        write("etcd", "etcd.ca", harness.ca.pem(), ""));

        assertThat(outcomes).hasSize(2);
        assertThat(outcomes.get(1).getFailed().getWhy())
                .isEqualTo("cannot write \"no.such-slot\": role etcd has no such slot");
        assertThat(harness.host.exists("/etc/etcd/pki/ca.crt")).isFalse();
    }

    @Test
    void aBatchOfALowerEpochIsRefusedAlsoAfterARestart() throws Exception {
        var batch = harness.batch("op", prepare("etcd")).toBuilder().setEpoch(7).build();
        assertThat(harness.engine().submit(batch)).isInstanceOf(BatchAnswer.Accepted.class);
        harness.next();
        harness.restart();

        var answer = harness.engine().submit(batch.toBuilder().setEpoch(6).build());

        assertThat(answer)
                .isInstanceOfSatisfying(
                        BatchAnswer.Refused.class,
                        refused -> {
                            assertThat(refused.code()).isEqualTo("stale_epoch");
                            assertThat(refused.stepIds()).containsExactly("e1/etcd/prepare");
                        });
        assertThat(harness.engine().highestEpoch()).isEqualTo(7);
    }

    @Test
    void aControllerThatOnlyLooksIsNeverObeyedAlsoByAHostThatObeyedNobodyYet() throws Exception {
        String looking = "a".repeat(32);
        var batch = harness.batch("op", prepare("etcd")).toBuilder().setEpoch(0).build();

        assertThat(harness.engine().epoch(0, looking)).isEmpty();
        assertThat(code(batch.toBuilder().setReignId(looking).build())).isEqualTo("stale_epoch");
        assertThat(harness.engine().reignId()).isEmpty();
        assertThat(harness.engine().epoch(0, "b".repeat(32))).as("started again").isEmpty();
        assertThat(code(batch.toBuilder().setEpoch(1).build())).isEqualTo("accepted");
    }

    @Test
    void aLowerOperationOfTheSameEpochIsRefused() throws Exception {
        var batch =
                harness.batch("op", prepare("etcd")).toBuilder().setOperationSequence(5).build();
        harness.engine().submit(batch);
        harness.next();

        assertThat(code(batch.toBuilder().setOperationSequence(4).build()))
                .isEqualTo("stale_epoch");
        assertThat(code(batch)).isEqualTo("accepted");
    }

    @Test
    void theSameEpochOfAnotherReignIsRefusedAlsoAfterARestart() throws Exception {
        String mine = "a".repeat(32);
        String other = "b".repeat(32);
        var batch =
                harness.batch("op", prepare("etcd")).toBuilder()
                        .setEpoch(7)
                        .setReignId(mine)
                        .build();
        assertThat(harness.engine().epoch(7, mine)).isEmpty();
        assertThat(harness.engine().submit(batch)).isInstanceOf(BatchAnswer.Accepted.class);
        harness.next();
        harness.restart();

        assertThat(harness.engine().reignId()).isEqualTo(mine);
        assertThat(harness.engine().epoch(7, other))
                .hasValueSatisfying(
                        why -> assertThat(why).contains("epoch 7 was obeyed from another"));
        assertThat(harness.engine().epoch(7, "")).isPresent();
        assertThat(code(batch.toBuilder().setOperationSequence(0).setReignId(other).build()))
                .isEqualTo("other_reign");
        var later = batch.toBuilder().setOperationSequence(99);
        assertThat(code(later.setReignId(other).build())).isEqualTo("other_reign");
        assertThat(code(later.setReignId("").build())).isEqualTo("other_reign");
        assertThat(code(later.setReignId("no id").build())).isEqualTo("malformed");

        assertThat(harness.engine().epoch(7, mine)).isEmpty();
        assertThat(harness.engine().epoch(8, other)).as("a higher one wins").isEmpty();
        assertThat(harness.engine().reignId()).isEqualTo(other);
    }

    @Test
    void anEpochThatJumpsTooFarIsRefusedAndNotRemembered() throws Exception {
        var batch = harness.batch("op", prepare("etcd"));
        harness.engine().submit(batch);
        harness.next();

        assertThat(code(batch.toBuilder().setEpoch(1_002).build())).isEqualTo("epoch_jump");
        harness.engine().epoch(1_002, "");

        assertThat(harness.engine().highestEpoch()).isEqualTo(1);
        assertThat(code(batch.toBuilder().setEpoch(1_001).build())).isEqualTo("accepted");
    }

    @Test
    void malformedBatchesAreRefusedWhole() {
        var good = harness.batch("op", prepare("etcd"));
        assertThat(
                        Stream.of(
                                good.toBuilder().setOperationId("../x").build(),
                                good.toBuilder().clearSteps().build(),
                                harness.batch("op", prepare("etcd"), prepare("etcd")),
                                harness.batch(
                                        "op", prepare("etcd").toBuilder().setAttempt(0).build()),
                                harness.batch(
                                        "op", prepare("etcd").toBuilder().setStepId("a b").build()),
                                harness.batch(
                                        "op",
                                        prepare("etcd").toBuilder().clearPrepareRole().build())))
                .allSatisfy(batch -> assertThat(code(batch)).isEqualTo("malformed"));
    }

    private String code(ExecuteBatch batch) {
        return switch (harness.engine().submit(batch)) {
            case BatchAnswer.Accepted _ -> "accepted";
            case BatchAnswer.Refused refused -> refused.code();
        };
    }

    @Test
    void theSameStepAndAttemptIsDoneOnceAndReportedAgain() throws Exception {
        var batch = harness.batch("op", harness.bringUp());
        harness.engine().submit(batch);
        for (int i = 0; i < 8; i++) {
            harness.next();
        }
        harness.engine().acknowledge("op", "e1/etcd/service", 1);

        harness.engine().submit(batch);

        for (int i = 0; i < 8; i++) {
            assertThat(harness.next().getOutcome().hasChanged()).isTrue();
        }
        assertThat(harness.host.systemd().calls()).filteredOn("start etcd"::equals).hasSize(1);
    }

    @Test
    void resultsWaitForTheirAcknowledgementOverARestart() throws Exception {
        harness.run(prepare("etcd"));
        harness.restart();

        assertThat(harness.engine().unacknowledged())
                .singleElement()
                .satisfies(result -> assertThat(result.getStepId()).isEqualTo("e1/etcd/prepare"));

        harness.engine().acknowledge("op-1", "e1/etcd/prepare", 1);
        harness.restart();
        assertThat(harness.engine().unacknowledged()).isEmpty();
    }

    @Test
    void aCancelEndsAWaitAndLetsNoOtherStepBegin() throws Exception {
        harness.host.network().cut("198.18.0.12");
        Step wait = await("198.18.0.12", 3_000_000);
        harness.engine().submit(harness.batch("op", wait, prepare("etcd")));
        harness.engine().submit(harness.batch("op", write("etcd", "etcd.ca", "x", "")));
        while (harness.progress.stream().noneMatch(told -> told.getDetail().contains("firewall"))) {
            Thread.onSpinWait();
        }
        harness.engine().cancel("op");

        assertThat(harness.next().getOutcome().getRetry().getWhy())
                .startsWith("cancelled: probe host.reaches: ");
        assertThat(harness.run(prepare("host"))).hasSize(1);
        assertThat(harness.host.exists("/etc/etcd/pki")).isFalse();
    }

    private static Step await(String address, long seconds) {
        return step("host", "await")
                .setDeadline(com.google.protobuf.Duration.newBuilder().setSeconds(seconds))
                .setAwaitHealthy(
                        AwaitHealthy.newBuilder()
                                .setStableFor(
                                        com.google.protobuf.Duration.newBuilder().setSeconds(5))
                                .addProbes(
                                        ProbeCall.newBuilder()
                                                .setProbe("reaches")
                                                .putArgs("address", address)
                                                .putArgs("port", "2379")))
                .build();
    }

    @Test
    void waitingForHealthSaysWhichProbeFailsAndEndsAtItsDeadline() throws Exception {
        harness.host.network().cut("198.18.0.12");

        Outcome outcome = harness.one(await("198.18.0.12", 30));

        assertThat(outcome.getFailed().getWhy())
                .isEqualTo(
                        "cannot wait any longer for host: probe host.reaches: connect timed out:"
                                + " firewall? after 30 s");
        assertThat(harness.progress)
                .anyMatch(told ->
                        told.getDetail()
                                .equals("probe host.reaches: connect timed out:" + " firewall?"));
    }

    @Test
    void waitingForHealthTakesAsLongAsItMustBeStable() throws Exception {
        long before = harness.host.clock().nanoTime();

        assertThat(harness.one(await("198.18.0.13", 30)).hasUnchanged()).isTrue();

        assertThat(harness.host.clock().nanoTime() - before).isGreaterThanOrEqualTo(5_000_000_000L);
    }

    @Test
    void afterACrashBehindTheEffectEveryStepIsFoundDone() throws Exception {
        Step[] steps = harness.bringUp();
        harness.run(steps);
        harness.engine().close();
        List<String> journal = Files.readAllLines(harness.state.resolve("journal"));
        List<String> intents = journal.stream().filter(line -> line.contains("INTENT")).toList();
        assertThat(intents).hasSize(8);
        int calls = harness.host.systemd().calls().size();

        for (String intent : intents) {
            Files.writeString(harness.state.resolve("journal"), journal.getFirst() + "\n");
            append(intent);
            harness.restart();
            assertThat(harness.next().getOutcome().getChanged().getWhat())
                    .as(intent)
                    .isEqualTo("done before the agent was stopped");
        }

        assertThat(harness.host.systemd().calls()).hasSize(calls);
        harness.engine().inventoryKey(EngineHarness.KEY);
        assertThat(harness.run(steps)).allMatch(Outcome::hasUnchanged);
    }

    @Test
    void afterACrashBeforeTheEffectEveryStepIsReportedForRetryAndConverges() throws Exception {
        Step[] steps = harness.bringUp();
        try (var other = new EngineHarness(directory.resolve("other"))) {
            other.published.putAll(harness.published);
            other.signedProfile = harness.signedProfile;
            other.ca = harness.ca;
            other.run(steps);
            List<String> intents =
                    Files.readAllLines(other.state.resolve("journal")).stream()
                            .filter(line -> line.contains("INTENT"))
                            .toList();

            for (int i = 0; i < steps.length; i++) {
                harness.engine().close();
                append(intents.get(i));
                harness.restart();
                var recovered = harness.next();
                assertThat(recovered.getOutcome().hasRetry()).as(intents.get(i)).isTrue();
                harness.engine().inventoryKey(EngineHarness.KEY);
                assertThat(harness.one(steps[i].toBuilder().setAttempt(2).build()).hasChanged())
                        .isTrue();
            }
        }
        assertThat(harness.host.transientUnits().awaited()).contains("davit-op-1-e1_etcd_prepare");
        assertThat(harness.host.systemd().calls()).filteredOn("start etcd"::equals).hasSize(1);
    }

    private void append(String line) throws IOException {
        Files.writeString(harness.state.resolve("journal"), line + "\n", StandardOpenOption.APPEND);
    }

    @Test
    void aServiceIsNotRestartedAgainWhenTheAgentDiedRightAfterTheRestart() throws Exception {
        harness.run(harness.bringUp());
        String previous = Digests.sha256Hex(etcdConfig("new", 100));
        harness.run(write("etcd", "etcd.config", etcdConfig("new", 200), previous));
        harness.host.systemd().crashAfter("restart etcd");
        Step restart = service(true, false, "etcd.config");
        harness.engine().submit(harness.batch("op-r", restart));
        while (!harness.host.systemd().calls().contains("restart etcd")) {
            Thread.onSpinWait();
        }

        harness.restart();

        assertThat(harness.next().getOutcome().hasChanged()).isTrue();
        assertThat(harness.one(restart.toBuilder().setAttempt(2).build()).hasUnchanged()).isTrue();
        assertThat(harness.host.systemd().calls()).filteredOn("restart etcd"::equals).hasSize(1);
    }

    @Test
    void anEngineThatMetAnErrorOfItsOwnRefusesWorkInsteadOfKeepingItForEver() throws Exception {
        var met = new java.util.concurrent.CountDownLatch(1);
        harness.onResult =
                () -> {
                    met.countDown();
                    throw new IllegalStateException("a listener's fault");
                };
        harness.engine().submit(harness.batch("op-a", EngineHarness.prepare("etcd")));
        met.await();

        long end = System.nanoTime() + java.time.Duration.ofSeconds(20).toNanos();
        BatchAnswer answer = new BatchAnswer.Accepted();
        // until the engine's own thread has come to know it, batches are accepted, or wait already
        while (System.nanoTime() < end
                && !(answer instanceof BatchAnswer.Refused(_, String why, _)
                        && !why.contains("wait already"))) {
            answer = harness.engine().submit(harness.batch("op-b", EngineHarness.prepare("etcd")));
        }
        assertThat(answer)
                .isInstanceOfSatisfying(
                        BatchAnswer.Refused.class,
                        refused ->
                                assertThat(refused.why())
                                        .contains("a listener's fault")
                                        .contains("start the agent again"));
    }
}
