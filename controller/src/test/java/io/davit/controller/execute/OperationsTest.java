package io.davit.controller.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.controller.Specs;
import io.davit.controller.agentlink.StepOutcome;
import io.davit.controller.execute.Operations.OperationRefusedException;
import io.davit.controller.plan.Consent;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class OperationsTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    private final ExecutorBench bench = new ExecutorBench(Specs.small(), 1);
    private final Operations operations =
            new Operations(bench.executor, bench.store, bench.bench.fleet);

    @Test
    void aSecondOperationOfAClusterIsRefusedNamingTheFirst() throws Exception {
        bench.bench.fleet.fault(
                "w1/worker/prepare", new StepOutcome.Retry(Duration.ofSeconds(1), "later"));
        var first = bench.accept(false);
        operations.start(first);
        var second =
                OperationRecord.start(
                        "op9",
                        "small",
                        1,
                        first.envelope(),
                        Consent.of(false),
                        "bob",
                        bench.bench.pace.now());

        assertThatThrownBy(() -> operations.start(second))
                .isInstanceOf(OperationRefusedException.class)
                .hasMessageContaining("op1");
        assertThat(operations.awaitIdle("small", LONG)).isTrue();
        assertThat(bench.store.find("op1").orElseThrow().state()).isEqualTo(OperationState.DONE);
    }

    @Test
    void theNextOneMayStartAsSoonAsTheEndWasTold() throws Exception {
        var first = bench.accept(false);
        var told = new java.util.concurrent.CompletableFuture<String>();
        operations.start(first);
        operations.watch(
                "op1",
                new RecordingListener() {
                    @Override
                    public void ended(OperationRecord operation, List<StepRecord> steps) {
                        try {
                            operations.start(
                                    OperationRecord.start(
                                            "op2",
                                            "small",
                                            1,
                                            first.envelope(),
                                            Consent.of(false),
                                            "bob",
                                            bench.bench.pace.now()));
                            told.complete("started");
                        } catch (OperationRefusedException e) {
                            told.complete(String.valueOf(e.getMessage()));
                        }
                    }
                });

        assertThat(told.get(30, java.util.concurrent.TimeUnit.SECONDS)).isEqualTo("started");
        assertThat(operations.awaitIdle("small", LONG)).isTrue();
        assertThat(bench.store.find("op2").orElseThrow().state()).isEqualTo(OperationState.DONE);
    }

    @Test
    void aFailedOneIsResumedAndADoneOneIsNot() throws Exception {
        bench.bench.fleet.fault("e1/etcd/prepare", new StepOutcome.Failed("no", List.of()));
        operations.start(bench.accept(false));
        assertThat(operations.awaitIdle("small", LONG)).isTrue();
        assertThat(bench.store.find("op1").orElseThrow().state()).isEqualTo(OperationState.FAILED);

        operations.resume("op1");
        assertThat(operations.awaitIdle("small", LONG)).isTrue();
        assertThat(bench.store.find("op1").orElseThrow().state()).isEqualTo(OperationState.DONE);
        assertThatThrownBy(() -> operations.resume("op1")).hasMessageContaining("DONE");
        assertThatThrownBy(() -> operations.approve("op1")).hasMessageContaining("DONE");
        assertThatThrownBy(() -> operations.cancel("op1")).hasMessageContaining("DONE");
        assertThatThrownBy(() -> operations.resume("op7")).hasMessageContaining("op7");
    }

    @Test
    void whenTheStoreDoesNotTakeTheEndEitherItIsStoredLater() throws Exception {
        var operation = bench.accept(false);
        bench.power.fullFor(40); // more than all steps of a round, which write beside each other
        operations.start(operation);
        assertThat(operations.awaitIdle("small", LONG)).isTrue();
        var ended = bench.store.find("op1").orElseThrow();
        assertThat(ended.state()).isEqualTo(OperationState.NEEDS_ATTENTION);
        assertThat(ended.causes().getFirst().cause()).contains("the disk is full");

        operations.resume("op1");
        assertThat(operations.awaitIdle("small", LONG)).isTrue();
        assertThat(bench.store.find("op1").orElseThrow().state()).isEqualTo(OperationState.DONE);
    }

    @Test
    void whatRanWhenTheControllerStoppedRunsOnAfterwards() throws Exception {
        var stopped = bench.accept(false);
        assertThat(stopped.state()).isEqualTo(OperationState.RUNNING);

        operations.resumeAll();

        assertThat(operations.awaitIdle("small", LONG)).isTrue();
        assertThat(bench.store.find("op1").orElseThrow().state()).isEqualTo(OperationState.DONE);
    }

    /**
     * Progress is not stored; whoever asks why an operation takes so long wants it all the same.
     */
    @Test
    void theStepsOfARunningOperationHaveWhatTheySayNow() throws Exception {
        var now = new java.util.concurrent.CompletableFuture<List<String>>();
        var stored = new java.util.concurrent.CompletableFuture<List<String>>();
        bench.onStage =
                () -> {
                    now.complete(details(operations.steps("op1")));
                    stored.complete(details(bench.store.steps("op1")));
                };
        operations.start(bench.accept(false));

        assertThat(operations.awaitIdle("small", LONG)).isTrue();
        assertThat(now.join()).anyMatch(text -> text.startsWith("the controller gets "));
        assertThat(stored.join()).noneMatch(text -> text.startsWith("the controller gets "));
        assertThat(operations.steps("op1")).isEqualTo(bench.store.steps("op1"));
    }

    private static List<String> details(List<StepRecord> steps) {
        return steps.stream().map(StepRecord::detail).toList();
    }

    @Test
    void aWatchOfAnEndedOperationIsItsSnapshotAndItsEnd() throws Exception {
        operations.start(bench.accept(false));
        assertThat(operations.awaitIdle("small", LONG)).isTrue();
        var listener = new RecordingListener();

        operations.watch("op1", listener);

        assertThat(listener.snapshots).isEqualTo(1);
        assertThat(listener.ended).containsExactly(OperationState.DONE);
    }
}
