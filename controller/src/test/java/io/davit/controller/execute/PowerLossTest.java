package io.davit.controller.execute;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.controller.Specs;
import io.davit.controller.plan.AgentWork.Disposal;
import io.davit.controller.spec.ValidSpec;
import java.util.ArrayList;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The controller loses its power at every single durable write of a bring-up, one after another,
 * starts again with a new epoch and runs on with what it stored. Each time the cluster comes up,
 * and nothing starts twice.
 */
@Timeout(300)
class PowerLossTest {

    private static int writesOf(ValidSpec spec) throws InterruptedException {
        var bench = new ExecutorBench(spec, 1);
        var operation = bench.accept(false);
        int before = bench.power.writes();
        assertThat(bench.run(operation).state()).isEqualTo(OperationState.DONE);
        return bench.power.writes() - before;
    }

    private static void loseAt(ValidSpec spec, int write, int units) throws InterruptedException {
        var bench = new ExecutorBench(spec, write);
        var operation = bench.accept(false);
        cut(bench, operation, write);

        assertThat(bench.bench.fleet.totalStarts()).as("cut at write %d", write).isEqualTo(units);
        assertThat(bench.plan(false).steps()).as("cut at write %d", write).isEmpty();
    }

    /** Runs it with the power cut at that write, then to its end; false: it ended before. */
    private static boolean cut(ExecutorBench bench, OperationRecord operation, int write)
            throws InterruptedException {
        boolean cut = false;
        bench.power.cutAt(write);
        try {
            bench.run(operation);
        } catch (RuntimeException e) {
            // whatever was being done is not told to anybody
            cut = true;
        }
        bench.epoch++;
        bench.restart();
        var stored = bench.store.find(operation.id()).orElseThrow();
        var ended = stored.state().ended() ? stored : bench.runAfterRestart(stored);
        assertThat(ended.causes()).as("cut at write %d", write).isEmpty();
        assertThat(ended.state()).as("cut at write %d", write).isEqualTo(OperationState.DONE);
        assertThat(bench.violations()).as("cut at write %d", write).isEmpty();
        return cut;
    }

    @Test
    void aBringUpSurvivesThePowerCutAtEveryWrite() throws InterruptedException {
        var spec = Specs.of(1, 1, 1, false);
        int writes = writesOf(spec);
        for (int write = 1; write <= writes; write++) {
            loseAt(spec, write, 3);
        }
        System.out.printf(
                "executor: power cut at each of %d writes; all converged, nothing started twice%n",
                writes);
    }

    @Test
    void severalServersAndMembersSurviveItToo() throws InterruptedException {
        var spec = Specs.of(3, 2, 2, false);
        int writes = writesOf(spec);
        int cuts = 0;
        for (int write = 1; write <= writes; write += 7) {
            loseAt(spec, write, 7);
            cuts++;
        }
        System.out.printf(
                "executor: power cut at %d of %d writes of a larger cluster%n", cuts, writes);
    }

    /** A worker and a server leave; everything that has to be once is. */
    private static ExecutorBench leaving(long seed) throws InterruptedException {
        var spec = Specs.of(3, 3, 2, 2, false);
        var bench = new ExecutorBench(spec, seed);
        assertThat(bench.run(bench.accept(false)).state()).isEqualTo(OperationState.DONE);
        var hosts = new ArrayList<>(spec.cluster().hosts());
        hosts.removeIf(host -> host.name().equals("s3") || host.name().equals("w2"));
        bench.accept(new ValidSpec(Specs.withHosts(spec.cluster(), hosts), 2));
        return bench;
    }

    @Test
    void aRemovalSurvivesThePowerCutAtEveryWrite() throws InterruptedException {
        int writes;
        {
            var bench = leaving(1);
            var operation = bench.accept(false);
            int before = bench.power.writes();
            assertThat(bench.run(operation).causes()).isEmpty();
            writes = bench.power.writes() - before;
        }
        for (int write = 1; write <= writes; write++) {
            var bench = leaving(write);
            int starts = bench.bench.fleet.totalStarts();
            var operation = bench.accept(false);
            cut(bench, operation, write);

            assertThat(bench.bench.fleet.nodes()).as("cut at write %d", write).hasSize(3);
            assertThat(bench.clusters.bindings.byName().keySet()).doesNotContain("s3", "w2");
            assertThat(bench.bench.fleet.totalStarts()).isLessThanOrEqualTo(starts);
            assertThat(bench.plan(false).converged()).as("cut at write %d", write).isTrue();
        }
        System.out.printf("executor: power cut at each of %d writes of a removal%n", writes);
    }

    /** A worker is away and given up, so that the agent token changes everywhere. */
    private static ExecutorBench givingUp(long seed) throws InterruptedException {
        var spec = Specs.of(1, 2, 2, 1, false);
        var bench = new ExecutorBench(spec, seed);
        assertThat(bench.run(bench.accept(false)).state()).isEqualTo(OperationState.DONE);
        bench.bench.fleet.connected(bench.bench.id("w2"), false);
        var hosts = new ArrayList<>(spec.cluster().hosts());
        hosts.removeIf(host -> host.name().equals("w2"));
        bench.accept(new ValidSpec(Specs.withHosts(spec.cluster(), hosts), 2));
        bench.bench.unreachable = Set.of("w2");
        return bench;
    }

    @Test
    void aRotationOfTheAgentTokenSurvivesThePowerCutAtEveryWrite() throws InterruptedException {
        int cuts = 0;
        for (int write = 1; ; write++) {
            var bench = givingUp(write);
            int starts = bench.bench.fleet.totalStarts();
            var operation = bench.accept(false);
            boolean cut = cut(bench, operation, write);
            String cluster = bench.clusters.spec.cluster().name();

            assertThat(bench.bench.material.material(cluster).agentToken().version())
                    .as("cut at write %d", write)
                    .isEqualTo(2);
            assertThat(bench.clusters.bindings.byName().keySet()).doesNotContain("w2");
            assertThat(bench.bench.fleet.totalStarts() - starts)
                    .as("two servers and a worker restart once, cut at write %d", write)
                    .isEqualTo(3);
            bench.bench.unreachable = Set.of();
            assertThat(bench.plan(false).converged()).as("cut at write %d", write).isTrue();
            if (!cut) {
                break;
            }
            cuts++;
        }
        System.out.printf("executor: power cut at each of %d writes of a rotation%n", cuts);
        assertThat(cuts).isGreaterThan(20);
    }

    @Test
    void aTakeDownSurvivesThePowerCutAtEveryWrite() throws InterruptedException {
        int cuts = 0;
        for (int write = 1; ; write++) {
            var bench = leaving(write);
            bench.bench.takeDown = Optional.of(Disposal.DESTROY);
            var operation = bench.accept(true);
            boolean cut = cut(bench, operation, write);
            assertThat(bench.clusters.ended).isTrue();
            if (!cut) {
                break;
            }
            cuts++;
        }
        System.out.printf("executor: power cut at each of %d writes of a take-down%n", cuts);
        assertThat(cuts).isGreaterThan(20);
    }
}
