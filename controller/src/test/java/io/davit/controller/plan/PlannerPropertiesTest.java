package io.davit.controller.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.controller.Bench;
import io.davit.controller.Specs;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.ClusterSpec.PoolSpec;
import io.davit.controller.spec.Role;
import io.davit.controller.spec.ValidSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Over random clusters, half-done plans and damaged hosts. */
class PlannerPropertiesTest {

    private static final int WORLDS = 1_000;

    /**
     * A random cluster, of which a random part of the plan is done and random things are broken.
     */
    private static Bench world(long seed) {
        var random = new Random(seed);
        boolean together = random.nextInt(4) == 0;
        int etcd = 1 + 2 * random.nextInt(3);
        int servers = 1 + random.nextInt(3);
        int balancers = random.nextInt(Math.min(etcd, 3) + 1);
        var bench =
                new Bench(Specs.of(etcd, servers, random.nextInt(5), balancers, together), seed);
        bench.allowDowntime = true;
        for (int i = random.nextInt(3); i > 0; i--) {
            var plan = bench.plan();
            bench.run(
                    plan, random.nextBoolean() ? 10_000 : random.nextInt(plan.steps().size() + 1));
            damage(bench, random);
            if (random.nextInt(3) == 0) {
                bench.spec = restarting(bench.spec);
            }
            if (random.nextInt(2) == 0) {
                shrink(bench, random);
            }
        }
        return bench;
    }

    /** Another passthrough, so that every server has to restart. */
    private static ValidSpec restarting(ValidSpec spec) {
        var c = spec.cluster();
        var server = new TreeMap<String, Object>(c.server());
        server.put("kube-apiserver-arg", List.of("event-ttl=" + server.size() + "h"));
        server.merge("disable", List.of("traefik"), (_, _) -> List.of());
        return new ValidSpec(Specs.withServer(c, server), spec.generation());
    }

    /**
     * Some hosts leave, if they can now; half of the time some of that is done, and then one of
     * them may be wanted again.
     */
    private static void shrink(Bench bench, Random random) {
        var before = bench.spec;
        var hosts = new ArrayList<>(before.cluster().hosts());
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            var leaves = hosts.get(random.nextInt(hosts.size()));
            long servers = hosts.stream().filter(h -> h.has(Role.CONTROL_PLANE)).count();
            boolean last = leaves.has(Role.CONTROL_PLANE) && servers == 1;
            if (!leaves.has(Role.ETCD) && !last) {
                hosts.remove(leaves);
            }
        }
        bench.accept(with(before, hosts));
        var plan = bench.plan();
        if (!plan.blockers().isEmpty() || !plan.postponed().isEmpty()) {
            bench.accept(before);
        } else if (random.nextBoolean()) {
            bench.run(plan, random.nextInt(plan.steps().size() + 1));
            before.cluster().hosts().stream()
                    .filter(host -> bench.bindings.host(host.name()).isPresent())
                    .filter(host -> !hosts.contains(host))
                    .filter(_ -> random.nextBoolean())
                    .forEach(hosts::add);
            bench.accept(with(before, hosts));
        }
    }

    /**
     * Whatever state a cluster is in, hosts of a pool join and leave and nobody else is touched.
     */
    @Test
    void membersOfPoolsComeAndGoWithoutAnybodyElse() {
        for (long seed = 100; seed < 300; seed++) { // the generation seeds the newcomers' ids
            var random = new Random(seed);
            var bench = new Bench(Specs.of(1, 1 + random.nextInt(3), 2, 0, false), seed);
            bench.allowDowntime = true;
            bench.run(bench.plan(), 10_000);
            damage(bench, random);
            var before = bench.spec;
            var names = members(bench, 1 + random.nextInt(4));
            bench.only = names;

            var joining = bench.plan();
            assertThat(joining.blockers()).as("seed %d", seed).isEmpty();
            assertThat(joining.steps())
                    .as("seed %d", seed)
                    .isNotEmpty()
                    .allMatch(step -> names.contains(step.host()));
            if (serversAreUp(bench)) {
                assertThat(bench.run(joining, 10_000)).as("seed %d", seed).isEmpty();
                assertThat(bench.plan().converged()).as("seed %d", seed).isTrue();
                bench.accept(before);
                var leaving = bench.plan();
                assertThat(leaving.steps())
                        .as("seed %d", seed)
                        .isNotEmpty()
                        .allMatch(step -> names.contains(step.host()));
                assertThat(bench.run(leaving, 10_000)).as("seed %d", seed).isEmpty();
                assertThat(bench.plan().converged()).as("seed %d", seed).isTrue();
            }
        }
    }

    /**
     * Whatever state a cluster is in, and wherever its removal stops: a worker that is given up
     * leaves, and the agent token changes once.
     */
    @Test
    void aWorkerThatIsGivenUpLeavesFromAnyStateAndTheTokenChangesOnce() {
        int interrupted = 0;
        for (long seed = 0; seed < 300; seed++) {
            var random = new Random(seed);
            int servers = 1 + random.nextInt(3);
            var bench = new Bench(Specs.of(1, servers, 2, random.nextInt(2), false), seed);
            String cluster = bench.spec.cluster().name();
            bench.allowDowntime = true;
            assertThat(bench.run(bench.plan(), 10_000)).as("seed %d", seed).isEmpty();
            bench.fleet.connected(bench.id("w2"), false);
            var hosts = new ArrayList<>(bench.spec.cluster().hosts());
            hosts.removeIf(host -> host.name().equals("w2"));
            bench.accept(with(bench.spec, hosts));
            bench.unreachable = Set.of("w2");
            damage(bench, random);
            for (int i = random.nextInt(3); i > 0; i--) {
                var plan = bench.plan();
                bench.run(plan, random.nextInt(plan.steps().size() + 1));
                damage(bench, random);
                interrupted++;
            }
            for (int i = 0; i < 3 && !bench.plan().converged(); i++) {
                assertThat(bench.plan().blockers()).as("seed %d", seed).isEmpty();
                assertThat(bench.run(bench.plan(), 10_000)).as("seed %d", seed).isEmpty();
            }
            assertThat(bench.plan().converged()).as("seed %d", seed).isTrue();
            assertThat(bench.bindings.host("w2")).as("seed %d", seed).isEmpty();
            assertThat(bench.material.material(cluster).agentToken().version())
                    .as("seed %d", seed)
                    .isEqualTo(2);
            assertThat(bench.fleet.violations()).as("seed %d", seed).isEmpty();
        }
        System.out.printf(
                "planner: 300 workers given up, %d interruptions; the token changed once each%n",
                interrupted);
    }

    private static boolean serversAreUp(Bench bench) {
        return bench.spec.cluster().hosts(Role.CONTROL_PLANE).stream()
                .allMatch(host ->
                        bench.fleet
                                .read(
                                        bench.id(host.name()),
                                        "control-plane",
                                        ProbeCall.of("readyz"))
                                .ok());
    }

    /** New hosts of a pool, bound as their enrolment does it. */
    private static Set<String> members(Bench bench, int count) {
        var pool = new PoolSpec("web", count, Map.of("tier", "web"), List.of());
        var hosts = new ArrayList<>(bench.spec.cluster().hosts());
        var names = new TreeSet<String>();
        for (int i = 0; i < count; i++) {
            var member = pool.member("web-0000000" + i, "198.18.0." + (200 + i));
            hosts.add(member);
            names.add(member.name());
        }
        bench.accept(with(bench.spec, hosts));
        for (String name : names) {
            bench.bindings = bench.bindings.with(name, bench.id(name), List.of(Role.WORKER));
        }
        return names;
    }

    private static ValidSpec with(ValidSpec spec, List<HostSpec> hosts) {
        return new ValidSpec(Specs.withHosts(spec.cluster(), hosts), spec.generation());
    }

    private static void damage(Bench bench, Random random) {
        for (int i = random.nextInt(3); i > 0; i--) {
            List<HostSpec> hosts = bench.spec.cluster().hosts();
            HostSpec host = hosts.get(random.nextInt(hosts.size()));
            Role role = host.roles().get(random.nextInt(host.roles().size()));
            var id = bench.id(host.name());
            var inventory =
                    bench.fleet.hosts().stream()
                            .filter(h -> h.hostId().equals(id))
                            .findFirst()
                            .orElseThrow()
                            .role(role.text());
            var slots = List.copyOf(inventory.slots().keySet());
            if (random.nextInt(3) == 0 && !inventory.units().isEmpty()) {
                bench.fleet.kill(id, role.text(), inventory.units().keySet().iterator().next());
            } else if (!slots.isEmpty()) {
                String slot = slots.get(random.nextInt(slots.size()));
                switch (random.nextInt(3)) {
                    case 0 -> bench.fleet.edit(id, role.text(), slot, "# by hand\n");
                    case 1 -> bench.fleet.chmod(id, role.text(), slot, "0666");
                    default -> bench.fleet.deleteFile(id, role.text(), slot);
                }
            }
        }
    }

    @Test
    void planningOnTheOutcomeOfAPlanIsEmpty() {
        int steps = 0;
        int converged = 0;
        int removals = 0;
        for (long seed = 0; seed < WORLDS; seed++) {
            var bench = world(seed);
            var plan = bench.plan();
            assertThat(plan.blockers()).as("seed %d", seed).isEmpty();
            steps += plan.steps().size();
            converged += plan.steps().isEmpty() ? 1 : 0;
            removals += plan.removals().size();
            assertThat(bench.run(plan, 10_000)).as("seed %d", seed).isEmpty();
            if (!plan.postponed().isEmpty()) {
                assertThat(bench.run(bench.plan(), 10_000)).as("seed %d", seed).isEmpty();
            }
            var again = bench.plan();
            assertThat(again.steps()).as("seed %d", seed).extracting(Step::id).isEmpty();
            assertThat(again.converged()).as("seed %d", seed).isTrue();
            assertThat(bench.fleet.violations()).as("seed %d", seed).isEmpty();
        }
        System.out.printf(
                "planner: %d worlds, %d steps planned and done, %d hosts removed, %d worlds had"
                        + " nothing to do; every outcome plans empty%n",
                WORLDS, steps, removals, converged);
        assertThat(removals).isGreaterThan(WORLDS / 20);
    }

    @Test
    void theSameInputsGiveTheSamePlan() {
        var digests = new HashSet<String>();
        for (long seed = 0; seed < WORLDS; seed++) {
            var bench = world(seed);
            var plan = bench.plan();
            assertThat(bench.plan()).as("seed %d", seed).isEqualTo(plan);
            assertThat(world(seed).plan().digest()).as("seed %d", seed).isEqualTo(plan.digest());
            digests.add(plan.digest());
        }
        System.out.printf(
                "planner: %d worlds planned three times alike, %d plans differ%n",
                WORLDS, digests.size());
        assertThat(digests).hasSizeGreaterThan(WORLDS / 3);
    }

    private static void destroys(Bench bench, Step step) {
        if (step.work() instanceof AgentWork.RunAction delete) {
            assertThat(delete.action()).isEqualTo("node-delete");
            assertThat(delete.args())
                    .containsEntry("name", step.host())
                    .containsEntry("uid", bench.fleet.node(step.host()).orElseThrow().uid());
            return;
        }
        assertThat(step.work()).isInstanceOf(AgentWork.RemoveRole.class);
        assertThat(((AgentWork.RemoveRole) step.work()).host().id())
                .isEqualTo(step.hostId().orElseThrow().value())
                .isEqualTo(bench.bindings.host(step.host()).orElseThrow().value());
        assertThat(bench.spec.cluster().host(step.host())).isEmpty();
    }

    @Test
    void everyStepComesAfterAllItDependsOnAndNoneDestroysWithoutAKnownId() {
        var kinds = new TreeMap<String, Integer>();
        for (long seed = 0; seed < WORLDS; seed++) {
            var seen = new HashSet<String>();
            var bench = world(seed);
            for (Step step : bench.plan().steps()) {
                assertThat(seen).as("seed %d, %s", seed, step.id()).containsAll(step.dependsOn());
                seen.add(step.id());
                kinds.merge(step.work().kind(), 1, Integer::sum);
                if (step.effect() == Effect.DESTROY) {
                    destroys(bench, step);
                }
            }
        }
        System.out.printf("planner: steps in %d worlds by kind: %s%n", WORLDS, kinds);
    }
}
