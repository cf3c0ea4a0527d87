package io.davit.controller.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.controller.Bench;
import io.davit.controller.Specs;
import io.davit.controller.plan.AgentWork.RunAction;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Labels and taints of nodes that are there already. */
class NodeMarksPlanTest {

    private static Bench converged() {
        var bench = new Bench(Specs.small(), 1);
        assertThat(bench.run(bench.plan(), Integer.MAX_VALUE)).isEmpty();
        assertThat(bench.plan().converged()).isTrue();
        return bench;
    }

    private static List<String> ids(Plan plan) {
        return plan.steps().stream().map(Step::id).toList();
    }

    private static RunAction mark(Plan plan, String id) {
        return (RunAction)
                plan.steps().stream()
                        .filter(step -> step.id().equals(id))
                        .findFirst()
                        .orElseThrow()
                        .work();
    }

    private static void accept(Bench bench, String before, String after) {
        assertThat(Specs.SMALL).contains(before);
        bench.accept(Specs.read(Specs.SMALL.replace(before, after)));
    }

    @Test
    void aNodeIsMarkedWhenItIsReadyForTheFirstTime() {
        var plan = new Bench(Specs.small(), 1).plan();

        assertThat(ids(plan))
                .contains("s1/node/mark", "w1/node/mark")
                .doesNotContain("w2/node/mark", "e1/node/mark");
        assertThat(mark(plan, "w1/node/mark").args())
                .containsEntry("marks", "disk=ssd;")
                .containsEntry("uid", "");
        assertThat(plan.steps())
                .filteredOn(step -> step.id().equals("w1/node/mark"))
                .singleElement()
                .satisfies(step ->
                        assertThat(step.dependsOn())
                                .contains("w1/worker/await-node", "s1/control-plane/await"));
    }

    @Test
    void anotherLabelIsAFileAndAQuestionToAServerAndNothingRestarts() {
        var bench = converged();
        int starts = bench.fleet.totalStarts();
        accept(bench, "labels: {disk: ssd}", "labels: {zone: a}, taints: [\"gpu=yes:NoSchedule\"]");

        var plan = bench.plan();

        assertThat(ids(plan)).containsExactly("w1/worker/file.worker.marks", "w1/node/mark");
        assertThat(mark(plan, "w1/node/mark").args())
                .containsEntry("marks", "zone=a;gpu=yes:NoSchedule")
                .containsEntry("uid", bench.fleet.node("w1").orElseThrow().uid());
        assertThat(bench.run(plan, Integer.MAX_VALUE)).isEmpty();
        assertThat(bench.plan().converged()).isTrue();
        assertThat(bench.fleet.totalStarts()).isEqualTo(starts);
    }

    @Test
    void marksThatLeaveTheSpecLeaveTheNode() {
        var bench = converged();
        accept(bench, ", labels: {disk: ssd}", "");

        var plan = bench.plan();

        assertThat(ids(plan)).containsExactly("w1/worker/file.worker.marks", "w1/node/mark");
        assertThat(mark(plan, "w1/node/mark").args()).containsEntry("marks", ";");
        assertThat(bench.run(plan, Integer.MAX_VALUE)).isEmpty();
        assertThat(bench.plan().converged()).isTrue();
    }

    @Test
    void whatSomebodyChangedIsSetAgain() {
        var bench = converged();
        bench.fleet.unmark("w1");

        assertThat(ids(bench.plan())).containsExactly("w1/node/mark");
        assertThat(bench.run(bench.plan(), Integer.MAX_VALUE)).isEmpty();
        assertThat(bench.plan().converged()).isTrue();
    }
}
