package io.davit.controller.execute;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.controller.Specs;
import io.davit.controller.spec.ValidSpec;
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
        bench.power.cutAt(write);
        try {
            bench.run(operation);
        } catch (RuntimeException e) {
            // That is the cut: whatever was being done is not told to anybody.
        }
        bench.epoch++;
        bench.restart();
        var stored = bench.store.find(operation.id()).orElseThrow();
        var ended = stored.state().ended() ? stored : bench.run(stored);

        assertThat(ended.causes()).as("cut at write %d", write).isEmpty();
        assertThat(ended.state()).as("cut at write %d", write).isEqualTo(OperationState.DONE);
        assertThat(bench.bench.fleet.totalStarts()).as("cut at write %d", write).isEqualTo(units);
        assertThat(bench.violations()).as("cut at write %d", write).isEmpty();
        assertThat(bench.plan(false).steps()).as("cut at write %d", write).isEmpty();
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
}
