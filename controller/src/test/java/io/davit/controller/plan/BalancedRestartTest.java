package io.davit.controller.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.controller.Bench;
import io.davit.controller.Specs;
import io.davit.controller.spec.ValidSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Load balancers, and servers that restart behind them. */
class BalancedRestartTest {

    private static Bench built() {
        var bench = new Bench(Specs.ha(), 5);
        assertThat(bench.run(bench.plan(), Integer.MAX_VALUE)).isEmpty();
        assertThat(bench.plan().steps()).isEmpty();
        assertThat(bench.fleet.violations()).isEmpty();
        return bench;
    }

    private static ValidSpec with(String old, String next) {
        assertThat(Specs.HA).contains(old);
        return Specs.read(Specs.HA.replace(old, next)).withGeneration(2);
    }

    private static Bench withPassthrough() {
        var bench = built();
        bench.spec =
                with(
                        "version: v1.34.1+k3s1\n",
                        "version: v1.34.1+k3s1\n    server: {disable: [traefik]}\n");
        return bench;
    }

    @Test
    void aPortThatSomebodyHasIsInTheWayOfALoadBalancerOnly() {
        var bench = new Bench(Specs.read(Specs.HA), 5);
        List.of("e2", "w1")
                .forEach(host ->
                        bench.fleet.facts(bench.id(host), f -> PlannerTest.withListener(f, 6443)));
        assertThat(bench.plan().blockers())
                .singleElement()
                .satisfies(b -> {
                    assertThat(b.host()).isEqualTo("e2");
                    assertThat(b.role()).isEqualTo("load-balancer");
                    assertThat(b.cause())
                            .isEqualTo("port in use: port 6443 is taken by another program");
                    assertThat(b.remedy()).contains("ss -ltnp").contains("loadBalancer.port");
                });

        bench.fleet.facts(bench.id("e2"), f -> PlannerTest.withListener(f, 22));
        bench.run(bench.plan(), Integer.MAX_VALUE);
        bench.fleet.facts(bench.id("e2"), f -> PlannerTest.withListener(f, 6443));
        assertThat(bench.plan().blockers()).as("once it is HAProxy's own").isEmpty();
    }

    @Test
    void balancersComeUpBesideEtcdAndWaitForNobody() {
        var plan = new Bench(Specs.ha(), 5).plan();

        assertThat(plan.blockers()).isEmpty();
        assertThat(step(plan, "e1/load-balancer/service.haproxy").dependsOn()).isEmpty();
        assertThat(step(plan, "e2/load-balancer/service.keepalived").dependsOn()).isEmpty();
        assertThat(PlannerTest.ids(plan))
                .contains("e1/load-balancer/package.haproxy", "e1/load-balancer/package.keepalived")
                .doesNotContain("e3/load-balancer/package.haproxy");
    }

    @Test
    void serversRestartOneByOneBehindTheirLoadBalancers() {
        var bench = withPassthrough();
        var plan = bench.plan();

        assertThat(plan.blockers()).isEmpty();
        assertThat(PlannerTest.ids(plan))
                .containsSubsequence(
                        "e1/load-balancer/drain.s1",
                        "e2/load-balancer/drain.s1",
                        "s1/control-plane/drained",
                        "s1/control-plane/service.k3s",
                        "s1/control-plane/await",
                        "e1/load-balancer/ready.s1",
                        "e1/load-balancer/await.s1",
                        "e2/load-balancer/ready.s1",
                        "e2/load-balancer/await.s1",
                        "e1/load-balancer/drain.s2",
                        "s2/control-plane/service.k3s",
                        "e1/load-balancer/drain.s3",
                        "s3/control-plane/service.k3s");
        assertThat(step(plan, "s1/control-plane/drained").work())
                .isEqualTo(
                        new ControllerWork.AwaitTurn(
                                List.of("e1/load-balancer/drain.s1", "e2/load-balancer/drain.s1")));
        assertThat(step(plan, "s2/control-plane/may-restart").dependsOn())
                .contains("e1/load-balancer/await.s1", "e2/load-balancer/await.s1");

        assertThat(bench.run(plan, Integer.MAX_VALUE)).isEmpty();
        assertThat(bench.fleet.violations()).isEmpty();
        assertThat(bench.plan().steps()).isEmpty();
    }

    @Test
    void aRestartThatForgetsItsDrainIsNoticedByTheFleet() {
        var bench = withPassthrough();
        var plan = bench.plan();
        var without = plan.steps().stream().filter(s -> !s.id().contains("/drain.")).toList();

        bench.run(
                new Plan(
                        plan.cluster(),
                        plan.generation(),
                        without,
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        ""),
                Integer.MAX_VALUE);

        assertThat(bench.fleet.violations())
                .anySatisfy(v -> assertThat(v).contains("s1 restarts while 198.18.0.11"));
    }

    @Test
    void theGuardIsAskedBeforeTheDrainAndTheDrainEndsHoweverTheRestartEnds() {
        var plan = withPassthrough().plan();

        assertThat(step(plan, "e1/load-balancer/drain.s1").dependsOn())
                .containsExactly("s1/control-plane/may-restart");
        assertThat(step(plan, "e1/load-balancer/turn.s1").work())
                .isEqualTo(new ControllerWork.AwaitTurn(List.of("s1/control-plane/await")));
        assertThat(step(plan, "e1/load-balancer/turn.s1").dependsOn()).isEmpty();
        assertThat(step(plan, "e1/load-balancer/ready.s1").dependsOn()).isEmpty();
        assertThat(step(plan, "e1/load-balancer/await.s1").dependsOn())
                .containsExactly("s1/control-plane/await");
    }

    @Test
    void workersRestartForANewEndpointOnlyWhenItAnswersThem() {
        var bench = built();
        bench.spec =
                with(
                        "endpoint: {virtualIp: 198.18.0.100}",
                        "endpoint: {names: [api.example.test], virtualIp: 198.18.0.100}");
        var plan = bench.plan();

        assertThat(step(plan, "w1/worker/await-endpoint").dependsOn())
                .contains("s3/control-plane/await", "e2/load-balancer/await.s3");
        assertThat(PlannerTest.ids(plan))
                .containsSubsequence(
                        "s3/control-plane/service.k3s",
                        "w1/worker/await-endpoint",
                        "w1/worker/service.k3s-agent");
        assertThat(bench.run(plan, Integer.MAX_VALUE)).isEmpty();
        assertThat(bench.plan().steps()).isEmpty();
    }

    @Test
    void whatAnInterruptedOperationLeftDrainedIsMadeReadyByTheNext() {
        var bench = withPassthrough();
        var plan = bench.plan();
        int restarted = PlannerTest.ids(plan).indexOf("s1/control-plane/service.k3s") + 1;
        bench.run(plan, restarted);

        var next = bench.plan();

        assertThat(PlannerTest.ids(next))
                .containsSubsequence(
                        "s1/control-plane/await",
                        "e1/load-balancer/ready.s1",
                        "e1/load-balancer/await.s1",
                        "e2/load-balancer/await.s1",
                        "e1/load-balancer/drain.s2")
                .doesNotContain("e1/load-balancer/drain.s1", "s1/control-plane/service.k3s");
        assertThat(step(next, "s2/control-plane/may-restart").dependsOn())
                .contains("s1/control-plane/await", "e2/load-balancer/await.s1");
        assertThat(bench.run(next, Integer.MAX_VALUE)).isEmpty();
        assertThat(bench.fleet.violations()).isEmpty();
        assertThat(bench.plan().steps()).isEmpty();
    }

    @Test
    void aBalancerThatIsAwayIsLeftOut() {
        var bench = withPassthrough();
        bench.fleet.connected(bench.id("e2"), false);

        assertThat(PlannerTest.ids(bench.plan()))
                .contains("e1/load-balancer/drain.s1")
                .noneMatch(id -> id.startsWith("e2/"));
    }

    @Test
    void aNewServerReloadsTheBalancersOneAfterAnotherAndRestartsNobody() {
        var bench = built();
        bench.spec =
                with(
                        "    - {name: w2, address: 198.18.0.18, roles: [worker]}\n",
                        "    - {name: w2, address: 198.18.0.18, roles: [worker]}\n"
                            + "    - {name: s4, address: 198.18.0.19, roles: [control-plane]}\n");
        bench.fleet.name(bench.fleet.add(new java.util.Random(4), "198.18.0.19").id(), "s4");
        var plan = bench.plan();

        assertThat(plan.steps())
                .filteredOn(s -> s.effect() != Effect.NONE)
                .extracting(s -> s.id() + " " + s.effect().text())
                .containsExactly(
                        "e1/load-balancer/service.haproxy reload",
                        "e2/load-balancer/service.haproxy reload",
                        "s4/control-plane/service.k3s start");
        assertThat(step(plan, "e2/load-balancer/service.haproxy").dependsOn())
                .containsExactly("e1/load-balancer/await");
        assertThat(bench.run(plan, Integer.MAX_VALUE)).isEmpty();
        assertThat(bench.plan().steps()).isEmpty();
    }

    @Test
    void aVirtualIpOfAnotherNetworkIsABlockerThatNamesTheInterface() {
        var bench = new Bench(Specs.read(Specs.HA.replace("198.18.0.100", "198.18.7.100")), 5);

        assertThat(bench.plan().blockers())
                .extracting(Blocker::cause)
                .contains("virtual IP 198.18.7.100 is not in the network of eth0, 198.18.0.11/24");
    }

    private static Step step(Plan plan, String id) {
        return plan.steps().stream().filter(s -> s.id().equals(id)).findFirst().orElseThrow();
    }
}
