package io.davit.controller.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.davit.common.HostId;
import io.davit.controller.Specs;
import io.davit.controller.agentlink.StepOutcome;
import io.davit.controller.audit.AuditRow;
import io.davit.controller.audit.AuditTrail;
import io.davit.controller.execute.OperationRecord;
import io.davit.controller.execute.OperationState;
import io.davit.controller.plan.Blocker;
import io.davit.controller.snapshot.Snapshot;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SnapshotFlowTest {

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

    private SnapshotFlow.Answer ask() throws InterruptedException {
        return bench.snapshotFlow.take(FlowBench.ANN, "small");
    }

    private SnapshotFlow.Started started() throws InterruptedException {
        return (SnapshotFlow.Started) ask();
    }

    private OperationRecord ended(SnapshotFlow.Started started) {
        idle();
        return bench.stored.find(started.name()).orElseThrow();
    }

    private HostId id(String host) {
        return bench.clusters.load("small").bindings().host(host).orElseThrow();
    }

    @Test
    void itIsTakenFromAFollowerByOneStepAndHeldUnderItsOperationsName() throws Exception {
        var started = started();
        var operation = ended(started);

        assertThat(operation.state()).as("%s", operation.causes()).isEqualTo(OperationState.DONE);
        assertThat(bench.stored.steps(operation.id()).stream().map(it -> it.step().id()))
                .containsExactly(started.host() + "/etcd/snapshot");
        var held = bench.snapshots.find(started.name()).orElseThrow();
        assertThat(held.cluster()).isEqualTo("small");
        assertThat(held.origin().host()).isEqualTo(started.host());
        assertThat(held.origin().specYaml()).isEqualTo(Specs.SMALL);
        assertThat(held.content().sizeBytes()).isEqualTo(544);
        assertThat(bench.snapshots.present(held)).isTrue();
        assertThat(new AuditTrail(bench.records).newest(20).stream().map(AuditRow::method))
                .contains("davit.operator.v1.EtcdSnapshots/Take", "etcd.snapshot");
    }

    @Test
    void whatElseTheSpecWantsIsNotDoneByTheWay() throws Exception {
        bench.fleet().restartWanted(id("w1"), "worker", "k3s-agent");
        int before = bench.fleet().starts(id("w1"), "worker", "k3s-agent");

        assertThat(ended(started()).state()).isEqualTo(OperationState.DONE);
        assertThat(bench.fleet().starts(id("w1"), "worker", "k3s-agent")).isEqualTo(before);
    }

    @Test
    void onlySoManyAreKept() throws Exception {
        var names = new java.util.ArrayList<String>();
        for (int i = 0; i < 3; i++) {
            var started = started();
            ended(started);
            names.addFirst(started.name());
        }
        assertThat(bench.snapshots.of("small").stream().map(Snapshot::name))
                .containsExactly(names.get(0), names.get(1));
    }

    @Test
    void withoutAHealthyMemberItIsRefusedWithTheReasonOfEach() throws Exception {
        for (String host : List.of("e1", "e2", "e3")) {
            bench.fleet().connected(id(host), false);
        }
        assertThat(((SnapshotFlow.Refused) ask()).why())
                .extracting(Blocker::host, Blocker::cause)
                .containsExactly(
                        org.assertj.core.api.Assertions.tuple("e1", "it is away"),
                        org.assertj.core.api.Assertions.tuple("e2", "it is away"),
                        org.assertj.core.api.Assertions.tuple("e3", "it is away"));
        assertThat(bench.clusters.running("small")).isEmpty();
    }

    @Test
    void aStepThatFailsEndsItAndNothingIsHeld() throws Exception {
        for (String host : List.of("e1", "e2", "e3")) {
            bench.fleet()
                    .fault(
                            host + "/etcd/snapshot",
                            new StepOutcome.Failed("cannot save a snapshot: disk", List.of()));
        }
        var operation = ended(started());

        assertThat(operation.state()).isEqualTo(OperationState.FAILED);
        assertThat(operation.causes().toString()).contains("cannot save a snapshot: disk");
        assertThat(bench.snapshots.all()).isEmpty();
    }

    @Test
    void oneWhoseResultWasLostIsFoundHeldAndNotTakenAgain() throws Exception {
        var first = started();
        ended(first);
        bench.fleet().loseContactAfter(first.host() + "/etcd/snapshot");
        var started = started();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> bench.snapshots.find(started.name()).isPresent());
        bench.fleet().connected(id(started.host()), true);

        assertThat(ended(started).state()).isEqualTo(OperationState.DONE);
    }

    @Test
    void aHostThatStaysAwayEndsItIncompleteAndNothingIsHalfKept() throws Exception {
        var first = started();
        ended(first);
        bench.fleet()
                .faultForEver(
                        first.host() + "/etcd/snapshot",
                        new StepOutcome.Retry(Duration.ZERO, "the controller was away"));
        var started = started();
        await().atMost(Duration.ofSeconds(30))
                .until(() ->
                        !bench.stored.steps(started.name()).isEmpty()
                                || bench.clusters.running("small").isEmpty());
        bench.fleet().connected(id(started.host()), false);
        var operation = ended(started);

        assertThat(operation.state())
                .isIn(OperationState.INCOMPLETE, OperationState.NEEDS_ATTENTION);
        assertThat(operation.causes()).isNotEmpty();
        assertThat(bench.snapshots.find(started.name())).isEmpty();
        try (var files = Files.list(bench.state.resolve("snapshots"))) {
            assertThat(files).hasSize(1);
        }
    }
}
