package io.davit.controller.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.controller.Bench;
import io.davit.controller.Specs;
import io.davit.controller.plan.AgentWork.Disposal;
import io.davit.controller.plan.AgentWork.RemoveRole;
import io.davit.controller.plan.AgentWork.RunAction;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.Role;
import io.davit.controller.spec.ValidSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Hosts that leave the spec. */
class RemovalTest {

    private static final int ALL = 10_000;

    private static Bench converged(ValidSpec spec) {
        var bench = new Bench(spec, 1);
        assertThat(bench.run(bench.plan(), ALL)).isEmpty();
        assertThat(bench.plan().converged()).isTrue();
        return bench;
    }

    private static ValidSpec without(ValidSpec spec, String... names) {
        var hosts = new ArrayList<>(spec.cluster().hosts());
        hosts.removeIf(host -> Set.of(names).contains(host.name()));
        return with(spec, hosts);
    }

    private static ValidSpec and(ValidSpec spec, HostSpec... more) {
        var hosts = new ArrayList<>(spec.cluster().hosts());
        hosts.addAll(List.of(more));
        return with(spec, hosts);
    }

    private static HostSpec host(String name, String address, Role... roles) {
        return new HostSpec(name, address, List.of(roles), Map.of(), List.of());
    }

    private static ValidSpec with(ValidSpec spec, List<HostSpec> hosts) {
        return new ValidSpec(Specs.withHosts(spec.cluster(), hosts), spec.generation() + 1);
    }

    private static List<String> ids(Plan plan) {
        return plan.steps().stream().map(Step::id).toList();
    }

    private static Step step(Plan plan, String id) {
        return plan.steps().stream().filter(s -> s.id().equals(id)).findFirst().orElseThrow();
    }

    private static void runsWell(Bench bench) {
        var plan = bench.plan();
        assertThat(plan.blockers()).isEmpty();
        assertThat(bench.run(plan, ALL)).isEmpty();
        assertThat(bench.plan().steps()).extracting(Step::id).isEmpty();
        assertThat(bench.plan().converged()).isTrue();
        assertThat(bench.fleet.violations()).isEmpty();
    }

    @Test
    void aWorkerIsDrainedStoppedForgottenAndFree() {
        var bench = converged(Specs.ha());
        var id = bench.id("w2");
        bench.accept(without(bench.spec, "w2"));

        var plan = bench.plan();

        assertThat(ids(plan))
                .containsExactly(
                        "w2/node/cordon",
                        "w2/node/drain",
                        "w2/worker/service.k3s-agent",
                        "w2/node/delete",
                        "w2/worker/remove",
                        "w2/host/unbind");
        String uid = bench.fleet.node("w2").orElseThrow().uid();
        assertThat(plan.removals())
                .containsExactly(new Plan.Removal("w2", id, List.of("worker"), uid, false));
        assertThat(((RunAction) step(plan, "w2/node/delete").work()).args())
                .containsEntry("uid", uid);
        assertThat(step(plan, "w2/node/drain").downtime()).contains("emptyDir");
        runsWell(bench);
        assertThat(bench.fleet.node("w2")).isEmpty();
        assertThat(bench.bindings.host("w2")).isEmpty();
    }

    @Test
    void theRightOneOfTwoThatAreNamedAlike() {
        var spec =
                and(
                        without(Specs.ha(), "w1", "w2"),
                        host("worker-1", "198.18.0.17", Role.WORKER),
                        host("worker-10", "198.18.0.18", Role.WORKER));
        var bench = converged(spec);
        var one = bench.id("worker-1");
        bench.accept(without(spec, "worker-1"));

        var plan = bench.plan();

        assertThat(plan.steps()).allMatch(s -> s.host().equals("worker-1"));
        assertThat(plan.steps())
                .filteredOn(s -> s.work() instanceof RemoveRole)
                .allMatch(s -> s.hostId().equals(Optional.of(one)));
        runsWell(bench);
        assertThat(bench.fleet.node("worker-10")).isPresent();
        assertThat(bench.fleet.node("worker-1")).isEmpty();
    }

    @Test
    void aServerIsAskedAboutThenForgottenByLoadBalancersThenStopped() {
        var bench = converged(Specs.ha());
        bench.accept(without(bench.spec, "s3"));

        var ids = ids(bench.plan());

        assertThat(ids)
                .containsSubsequence(
                        "s3/control-plane/may-leave",
                        "e1/load-balancer/drain.s3",
                        "e1/load-balancer/file.load-balancer.haproxy-config-afterwards",
                        "e1/load-balancer/service.haproxy-afterwards",
                        "s3/node/cordon",
                        "s3/node/drain",
                        "s3/control-plane/service.k3s",
                        "s3/node/delete",
                        "s3/control-plane/remove",
                        "s3/host/unbind");
        assertThat(step(bench.plan(), "s3/control-plane/service.k3s").dependsOn())
                .contains(
                        "e1/load-balancer/service.haproxy-afterwards",
                        "e2/load-balancer/service.haproxy-afterwards");
        runsWell(bench);
    }

    @Test
    void whatComesIsThereBeforeWhatLeavesGoes() {
        var bench = converged(Specs.ha());
        bench.accept(
                and(
                        without(bench.spec, "s3", "w1"),
                        host("s4", "198.18.0.19", Role.CONTROL_PLANE),
                        host("w3", "198.18.0.20", Role.WORKER)));

        var ids = ids(bench.plan());

        assertThat(ids)
                .containsSubsequence(
                        "e1/load-balancer/service.haproxy",
                        "s4/control-plane/joined",
                        "s3/control-plane/may-leave",
                        "e1/load-balancer/service.haproxy-afterwards",
                        "s3/control-plane/service.k3s");
        assertThat(step(bench.plan(), "w1/node/drain").dependsOn())
                .contains("w3/worker/await-node");
        runsWell(bench);
    }

    @Test
    void aLoadBalancerLetsGoOfTheVirtualIpBeforeTheOthersForgetIt() {
        var lone = host("b3", "198.18.0.21", Role.LOAD_BALANCER);
        var bench = converged(and(Specs.ha(), lone));
        bench.accept(without(bench.spec, "b3"));

        var plan = bench.plan();

        assertThat(ids(plan))
                .containsSubsequence(
                        "b3/load-balancer/service.keepalived",
                        "e1/load-balancer/file.load-balancer.keepalived-config",
                        "b3/load-balancer/remove",
                        "b3/host/unbind");
        assertThat(step(plan, "e1/load-balancer/file.load-balancer.keepalived-config").dependsOn())
                .contains("b3/load-balancer/service.keepalived");
        runsWell(bench);
    }

    @Test
    void theLastLoadBalancersAreNotReplacedAtOnce() {
        var b1 = host("b1", "198.18.0.21", Role.LOAD_BALANCER);
        var b2 = host("b2", "198.18.0.22", Role.LOAD_BALANCER);
        var plain = new ArrayList<HostSpec>();
        for (HostSpec host : Specs.ha().cluster().hosts()) {
            plain.add(host.has(Role.ETCD) ? host(host.name(), host.address(), Role.ETCD) : host);
        }
        var base = with(Specs.ha(), plain);
        var bench = converged(and(base, b1, b2));
        bench.accept(
                and(
                        base,
                        host("b3", "198.18.0.23", Role.LOAD_BALANCER),
                        host("b4", "198.18.0.24", Role.LOAD_BALANCER)));

        assertThat(bench.plan().blockers())
                .extracting(Blocker::cause)
                .containsExactly(
                        "cannot remove it: no load balancer stays that is up and could take the"
                                + " virtual IP over");
    }

    @Test
    void somebodyElsesCordonIsLeftAlone() {
        var bench = converged(Specs.ha());
        bench.fleet.cordon("w1");
        assertThat(bench.plan().converged()).isTrue();
        bench.accept(without(bench.spec, "w1"));
        assertThat(ids(bench.plan())).doesNotContain("w1/node/cordon").contains("w1/node/drain");
        runsWell(bench);
    }

    @Test
    void aRemovalThatIsGivenUpTakesItsOwnCordonBack() {
        var bench = converged(Specs.ha());
        var whole = bench.spec;
        bench.accept(without(whole, "w1"));
        assertThat(bench.run(bench.plan(), 2)).isEmpty();
        assertThat(bench.fleet.node("w1").orElseThrow().cordonedBy()).isEqualTo("ha");

        bench.accept(whole);

        assertThat(ids(bench.plan())).containsExactly("w1/node/uncordon");
        runsWell(bench);
        assertThat(bench.fleet.node("w1").orElseThrow().unschedulable()).isFalse();
    }

    @Test
    void aHostThatComesBackAsSomethingElseHasToGoFirst() {
        var bench = converged(Specs.ha());
        bench.accept(without(bench.spec, "w1"));
        bench.accept(and(bench.spec, host("w1", "198.18.0.17", Role.CONTROL_PLANE)));
        assertThat(bench.plan().blockers())
                .extracting(Blocker::cause)
                .contains("it is still being removed as worker");
    }

    @Test
    void anUnreachableWorkerGoesOnlyWhereAPersonHasNamedIt() {
        var bench = converged(Specs.ha());
        bench.fleet.connected(bench.id("w2"), false);
        bench.accept(without(bench.spec, "w2"));
        assertThat(bench.plan().blockers())
                .extracting(Blocker::remedy)
                .containsExactly(
                        "bring it back; or, if it never comes back, give it up with --unreachable"
                                + " w2");

        bench.unreachable = Set.of("w2");
        var plan = bench.plan();

        assertThat(plan.blockers()).isEmpty();
        assertThat(ids(plan)).endsWith("w2/node/delete", "w2/host/unbind");
        assertThat(plan.steps())
                .filteredOn(s -> s.effect() == Effect.DESTROY)
                .extracting(Step::id)
                .containsExactly("w2/node/delete");
        assertThat(plan.removals()).allMatch(Plan.Removal::unreachable);
        assertThat(plan.warnings())
                .anyMatch(w -> w.contains("agent token, which it knows, is rotated"))
                .anyMatch(w -> w.contains("destroyed there, without asking again"));
        assertThat(step(plan, "w2/host/unbind").work().what()).contains("are destroyed there");
        assertThat(bench.run(plan, ALL)).isEmpty();
        bench.unreachable = Set.of();
        assertThat(bench.plan().converged()).isTrue();
    }

    @Test
    void anUnreachableServerIsRefusedWithTheReason() {
        var bench = converged(Specs.ha());
        bench.fleet.connected(bench.id("s2"), false);
        bench.accept(without(bench.spec, "s2"));
        bench.unreachable = Set.of("s2");
        assertThat(bench.plan().blockers())
                .extracting(Blocker::cause)
                .anyMatch(cause -> cause.contains("it would keep etcd's credential"));
    }

    @Test
    void nothingIsGivenUpThatStays() {
        var bench = converged(Specs.ha());
        bench.unreachable = Set.of("w1");
        assertThat(bench.plan().blockers())
                .extracting(Blocker::cause)
                .containsExactly(
                        "it was given up as unreachable, but no host of this name is to be"
                                + " removed");
    }

    /** As an operation finds it that has given it up. */
    @Test
    void whoHasGoneIsInNobodysWay() {
        var bench = converged(Specs.ha());
        bench.unreachable = Set.of("w9");
        assertThat(bench.plan().converged()).isTrue();
        assertThat(bench.plan().warnings()).anyMatch(it -> it.startsWith("w9: "));
    }

    @Test
    void withoutAServerThatCanTellNothingLeaves() {
        var bench = converged(Specs.small());
        bench.fleet.kill(bench.id("s1"), "control-plane", "k3s");
        bench.accept(without(bench.spec, "w2"));
        var plan = bench.plan();
        assertThat(plan.blockers()).isEmpty();
        assertThat(plan.postponed()).extracting(Blocker::host).containsExactly("w2");
        assertThat(plan.steps()).extracting(Step::host).doesNotContain("w2");
        assertThat(bench.run(plan, ALL)).isEmpty();
        runsWell(bench);
    }

    @Test
    void aRemovalThatStoppedAnywhereIsFinishedByTheNext() {
        int steps;
        {
            var bench = converged(Specs.ha());
            bench.accept(without(bench.spec, "s3", "w1"));
            steps = bench.plan().steps().size();
        }
        for (int done = 0; done <= steps; done++) {
            var bench = converged(Specs.ha());
            bench.accept(without(bench.spec, "s3", "w1"));
            assertThat(bench.run(bench.plan(), done)).isEmpty();
            runsWell(bench);
            assertThat(bench.fleet.nodes()).hasSize(3);
        }
    }

    @Test
    void aClusterIsTakenDownInOrder() {
        var bench = converged(Specs.ha());
        bench.takeDown = Optional.of(Disposal.DESTROY);

        var plan = bench.plan();

        assertThat(plan.removals()).hasSize(8);
        assertThat(ids(plan))
                .containsSubsequence(
                        "w2/worker/remove",
                        "s1/control-plane/remove",
                        "e1/load-balancer/remove",
                        "e1/etcd/remove",
                        "e1/host/unbind",
                        "cluster/end");
        assertThat(step(plan, "s1/control-plane/remove").dependsOn())
                .containsExactly("w1/worker/remove", "w2/worker/remove");
        assertThat(bench.run(plan, ALL)).isEmpty();
        assertThat(bench.ended).isTrue();
        assertThat(bench.bindings.byName()).isEmpty();
        assertThat(bench.fleet.violations()).isEmpty();
    }

    @Test
    void aClusterWithAHostAwayIsTakenDownOnlyWithoutIt() {
        var bench = converged(Specs.ha());
        bench.takeDown = Optional.of(Disposal.KEEP);
        bench.fleet.connected(bench.id("e3"), false);
        assertThat(bench.plan().blockers()).extracting(Blocker::host).containsExactly("e3");
        bench.unreachable = Set.of("e3");
        assertThat(bench.plan().blockers()).isEmpty();
    }
}
