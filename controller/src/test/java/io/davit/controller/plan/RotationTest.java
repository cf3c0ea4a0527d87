package io.davit.controller.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.controller.Bench;
import io.davit.controller.Specs;
import io.davit.controller.execute.Envelope;
import io.davit.controller.plan.AgentWork.EnsureService;
import io.davit.controller.plan.AgentWork.WriteFile;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.Role;
import io.davit.controller.spec.ValidSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The agent token changes when a worker is given up. */
class RotationTest {

    private static final int ALL = 10_000;
    private static final String STEP = "cluster/agent-token";

    /** A converged cluster, of which w2 has left the spec, cannot be reached, and is given up. */
    private static Bench givenUp() {
        var bench = new Bench(Specs.ha(), 1);
        assertThat(bench.run(bench.plan(), ALL)).isEmpty();
        bench.fleet.connected(bench.id("w2"), false);
        bench.accept(without(bench.spec, "w2"));
        bench.unreachable = Set.of("w2");
        return bench;
    }

    private static ValidSpec without(ValidSpec spec, String name) {
        var hosts = new ArrayList<>(spec.cluster().hosts());
        hosts.removeIf(host -> host.name().equals(name));
        return new ValidSpec(Specs.withHosts(spec.cluster(), hosts), spec.generation() + 1);
    }

    private static int version(Bench bench) {
        return bench.material.material("ha").agentToken().version();
    }

    private static List<String> ids(Plan plan) {
        return plan.steps().stream().map(Step::id).toList();
    }

    private static Step step(Plan plan, String id) {
        return plan.steps().stream().filter(s -> s.id().equals(id)).findFirst().orElseThrow();
    }

    /** All that carry the token refer to this version. */
    private static void everybodyHas(Bench bench, int version) {
        for (HostSpec host : bench.spec.cluster().hosts()) {
            if (host.has(Role.ETCD)) {
                continue;
            }
            boolean server = host.has(Role.CONTROL_PLANE);
            String role = server ? "control-plane" : "worker";
            String slot = server ? "control-plane.agent-token" : "worker.token";
            assertThat(bench.fleet.content(bench.id(host.name()), role, slot))
                    .as(host.name())
                    .contains("agent-password " + version + ">");
        }
    }

    @Test
    void serversGetItOneByOneThenWorkersAndOnlyThenTheHostIsGone() {
        var bench = givenUp();

        var plan = bench.plan();

        assertThat(plan.blockers()).isEmpty();
        assertThat(ids(plan))
                .startsWith(STEP)
                .containsSubsequence(
                        "s1/control-plane/service.k3s",
                        "s2/control-plane/service.k3s",
                        "s3/control-plane/service.k3s",
                        "w1/worker/service.k3s-agent",
                        "w2/node/delete",
                        "w2/host/unbind");
        var servers =
                List.of(
                        "s1/control-plane/await",
                        "s2/control-plane/await",
                        "s3/control-plane/await");
        assertThat(step(plan, "w1/worker/await-endpoint").dependsOn()).containsAll(servers);
        assertThat(step(plan, "w2/node/delete").dependsOn()).containsAll(servers);
        assertThat(step(plan, "w2/host/unbind").dependsOn()).containsAll(servers);
        assertThat(step(plan, "s2/control-plane/service.k3s").dependsOn())
                .contains("s1/control-plane/await");
        assertThat(step(plan, "s1/control-plane/may-restart").work())
                .isInstanceOf(ControllerWork.MayRestart.class);
        assertThat(plan.steps())
                .filteredOn(s -> s.work() instanceof WriteFile)
                .allMatch(s -> s.dependsOn().contains(STEP))
                .allMatch(s -> !s.knownAfter().isEmpty())
                .hasSize(4);
        assertThat(bench.run(plan, ALL)).isEmpty();
        assertThat(version(bench)).isEqualTo(2);
        everybodyHas(bench, 2);
        assertThat(bench.bindings.host("w2")).isEmpty();
        assertThat(bench.fleet.violations()).isEmpty();
        bench.unreachable = Set.of();
        assertThat(bench.plan().converged()).isTrue();
    }

    @Test
    void thePlanSaysWhyEverybodyRestarts() {
        var plan = givenUp().plan();
        for (String id : List.of("s1/control-plane/service.k3s", "w1/worker/service.k3s-agent")) {
            assertThat(step(plan, id).reason().toString())
                    .contains("agent token rotated because w2 was given up");
        }
        assertThat(step(plan, "w1/worker/file.worker.token").reason().toString())
                .contains("agent token rotated because w2 was given up");
        assertThat(step(plan, STEP).reason().toString()).contains("given up: w2");
    }

    @Test
    void oneThatStoppedAnywhereIsFinishedByTheNextAndMakesOneVersion() {
        int steps = givenUp().plan().steps().size();
        for (int done = 0; done <= steps; done++) {
            var bench = givenUp();
            var envelope = Envelope.of(bench.plan(), bench.bindings);
            assertThat(bench.run(bench.plan(), done)).isEmpty();
            var gone = bench.bindings.host("w2").isEmpty();
            bench.unreachable = gone ? Set.of() : bench.unreachable;
            var next = bench.plan();
            assertThat(next.blockers()).as("after %d", done).isEmpty();
            assertThat(envelope.outside(next, bench.bindings)).as("after %d", done).isEmpty();
            assertThat(bench.run(next, ALL)).as("after %d", done).isEmpty();
            bench.unreachable = Set.of();
            assertThat(bench.plan().converged()).as("after %d", done).isTrue();
            assertThat(version(bench)).as("after %d", done).isEqualTo(2);
            everybodyHas(bench, 2);
            assertThat(bench.fleet.violations()).as("after %d", done).isEmpty();
        }
    }

    @Test
    void anyLaterApplyBringsEverybodyToTheNewToken() {
        var bench = givenUp();
        assertThat(bench.run(bench.plan(), 3)).isEmpty();
        assertThat(version(bench)).isEqualTo(2);
        bench.unreachable = Set.of();
        bench.fleet.connected(
                bench.bindings.host("w2").orElseThrow(), true); // it has come back meanwhile

        assertThat(bench.run(bench.plan(), ALL)).isEmpty();

        everybodyHas(bench, 2);
        assertThat(version(bench)).isEqualTo(2);
        assertThat(bench.plan().converged()).isTrue();
    }

    @Test
    void severalThatAreGivenUpTogetherMakeOneVersion() {
        var bench = givenUp();
        bench.fleet.connected(bench.id("w1"), false);
        bench.accept(without(bench.spec, "w1"));
        bench.unreachable = Set.of("w1", "w2");
        assertThat(bench.run(bench.plan(), ALL)).isEmpty();
        assertThat(version(bench)).isEqualTo(2);
        assertThat(bench.bindings.host("w1")).isEmpty();
    }

    @Test
    void theNextOneMakesTheNextVersion() {
        var bench = givenUp();
        assertThat(bench.run(bench.plan(), ALL)).isEmpty();
        bench.fleet.connected(bench.id("w1"), false);
        bench.accept(without(bench.spec, "w1"));
        bench.unreachable = Set.of("w1");
        assertThat(bench.run(bench.plan(), ALL)).isEmpty();
        assertThat(version(bench)).isEqualTo(3);
        everybodyHas(bench, 3);
        assertThat(bench.fleet.violations()).isEmpty();
    }

    @Test
    void withAServerAwayNobodyIsGivenUp() {
        var bench = givenUp();
        bench.fleet.connected(bench.id("s2"), false);
        var plan = bench.plan();
        assertThat(plan.postponed())
                .extracting(Blocker::host, Blocker::cause)
                .anySatisfy(it ->
                        assertThat(it.toString())
                                .contains("s2", "would go on taking the old agent token", "w2"));
        assertThat(ids(plan)).doesNotContain(STEP, "w2/node/delete", "w2/host/unbind");

        // also when the version has been made, and that server has not heard of it
        bench.fleet.connected(bench.id("s2"), true);
        assertThat(bench.run(bench.plan(), 3)).isEmpty();
        bench.fleet.connected(bench.id("s2"), false);
        assertThat(ids(bench.plan())).doesNotContain(STEP, "w2/node/delete", "w2/host/unbind");
    }

    @Test
    void anOnlyServerRestartsWithConsentOnly() {
        var bench = new Bench(Specs.small(), 1);
        assertThat(bench.run(bench.plan(), ALL)).isEmpty();
        bench.fleet.connected(bench.id("w2"), false);
        bench.accept(without(bench.spec, "w2"));
        bench.unreachable = Set.of("w2");
        assertThat(bench.plan().blockers())
                .extracting(Blocker::remedy)
                .anyMatch(it -> it.contains("--allow-downtime"));
        bench.allowDowntime = true;
        assertThat(bench.run(bench.plan(), ALL)).isEmpty();
        assertThat(bench.bindings.host("w2")).isEmpty();
    }

    @Test
    void aNewWorkerWaitsForTheServersThatTakeItsToken() {
        var bench = givenUp();
        var hosts = new ArrayList<>(bench.spec.cluster().hosts());
        hosts.add(new HostSpec("w3", "198.18.0.30", List.of(Role.WORKER), Map.of(), List.of()));
        bench.accept(
                new ValidSpec(
                        Specs.withHosts(bench.spec.cluster(), hosts), bench.spec.generation() + 1));
        var plan = bench.plan();
        assertThat(step(plan, "w3/worker/await-endpoint").dependsOn())
                .contains("s3/control-plane/await");
        assertThat(bench.run(plan, ALL)).isEmpty();
        everybodyHas(bench, 2);
    }

    @Test
    void itIsRotatedForTheAskingOnce() {
        var bench = new Bench(Specs.ha(), 1);
        assertThat(bench.run(bench.plan(), ALL)).isEmpty();
        bench.agentToken = 2;
        var plan = bench.plan();
        assertThat(ids(plan)).startsWith(STEP);
        assertThat(plan.removals()).isEmpty();
        assertThat(step(plan, "s1/control-plane/service.k3s").reason().toString())
                .contains("agent token rotated");
        assertThat(bench.run(plan, 4)).isEmpty();
        assertThat(ids(bench.plan())).doesNotContain(STEP);
        assertThat(bench.run(bench.plan(), ALL)).isEmpty();
        assertThat(bench.plan().converged()).isTrue();
        everybodyHas(bench, 2);
    }

    @Test
    void aServerIsStartedSoThatItSurvivesEveryLaterStart() {
        var bench = new Bench(Specs.ha(), 1);
        assertThat(bench.plan().steps())
                .extracting(Step::work)
                .filteredOn(it -> it instanceof EnsureService s && s.unit().equals("k3s"))
                .hasSize(3)
                .allSatisfy(it ->
                        assertThat(((EnsureService) it).parameters())
                                .containsEntry("users-anew", "true"));
    }

    @Test
    void aTakeDownRotatesNothing() {
        var bench = givenUp();
        bench.takeDown = java.util.Optional.of(AgentWork.Disposal.DESTROY);
        assertThat(ids(bench.plan())).doesNotContain(STEP);
        assertThat(step(bench.plan(), "w2/host/unbind").work().what())
                .contains("are destroyed there");
        bench.takeDown = java.util.Optional.of(AgentWork.Disposal.KEEP);
        assertThat(step(bench.plan(), "w2/host/unbind").work().what()).isEqualTo("retired w2");
    }
}
