package io.davit.controller.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.controller.Bench;
import io.davit.controller.Specs;
import io.davit.controller.observe.HostFacts;
import io.davit.controller.observe.ObservedHost;
import io.davit.controller.observe.RoleInventory;
import io.davit.controller.plan.AgentWork.EnsureService;
import io.davit.controller.plan.AgentWork.WriteFile;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PlannerTest {

    private static Bench small() {
        return new Bench(Specs.small(), 1);
    }

    private static Bench smallBuilt() {
        var bench = small();
        assertThat(bench.run(bench.plan(), Integer.MAX_VALUE)).isEmpty();
        assertThat(bench.plan().steps()).isEmpty();
        return bench;
    }

    @Test
    void bindsExactlyTheAgentThatConnectsFromTheHostsAddress() {
        var plan = small().plan();

        assertThat(plan.newBindings())
                .extracting(Plan.NewBinding::host)
                .containsExactly("e1", "e2", "e3", "s1", "w1", "w2");
        assertThat(plan.blockers()).isEmpty();
    }

    @Test
    void anAgentThatMerelyReportsTheAddressGetsNothing() {
        var bench = small();
        var liar = bench.fleet.add(new Random(99), "198.18.0.99");
        bench.fleet.facts(liar.id(), facts -> withAddresses(facts, List.of("198.18.0.15")));
        var absent = bench.id("w1");
        bench.fleet.connected(absent, false);
        bench.fleet.facts(absent, facts -> withAddresses(facts, List.of()));

        var plan = bench.plan();

        assertThat(plan.steps()).isEmpty();
        assertThat(plan.blockers())
                .extracting(Blocker::cause)
                .containsExactly(
                        "no agent connects from 198.18.0.15; agent "
                                + liar.id()
                                + " reports this address but connects from 198.18.0.99"
                                + " (unconfirmed)");
    }

    @Test
    void anAgentThatWaitsForApprovalOrHasAnotherScopeIsNotBound() {
        var bench = small();
        bench.fleet.standing(
                bench.id("e1"),
                s -> new ObservedHost.Standing(false, "", Set.of(), "", s.fingerprintWords()));
        bench.fleet.standing(
                bench.id("w1"),
                s -> new ObservedHost.Standing(true, "", Set.of("etcd"), "", s.fingerprintWords()));
        bench.fleet.standing(
                bench.id("w2"),
                s -> new ObservedHost.Standing(true, "other", Set.of(), "", s.fingerprintWords()));

        assertThat(bench.plan().blockers())
                .extracting(Blocker::cause)
                .satisfiesExactly(
                        cause -> assertThat(cause).contains("waits for approval"),
                        cause -> assertThat(cause).contains("not for the role worker"),
                        cause -> assertThat(cause).contains("in cluster other"));
    }

    /** It has no session before it is approved. */
    @Test
    void aMachineThatEnrolledAndWaitsForApprovalIsNamedWithItsWords() {
        var bench = small();
        bench.fleet.connected(bench.id("w1"), false);
        bench.fleet.standing(
                bench.id("w1"),
                s -> new ObservedHost.Standing(false, "", Set.of(), "", "six words"));

        assertThat(bench.plan().blockers())
                .singleElement()
                .satisfies(b -> {
                    assertThat(b.cause())
                            .contains(
                                    "enrolled from 198.18.0.15 and waits for approval (six words)");
                    assertThat(b.remedy()).endsWith("davit hosts approve " + bench.id("w1"));
                });
    }

    @Test
    void aRetiredHostIsNotBoundAgain() {
        var bench = small();
        bench.fleet.standing(
                bench.id("w1"),
                s ->
                        new ObservedHost.Standing(
                                false, "", Set.of(), "", s.fingerprintWords(), "", true));

        assertThat(bench.plan().blockers())
                .singleElement()
                .satisfies(b -> assertThat(b.cause()).endsWith("and is retired"));
    }

    @Test
    void anotherAgentAtABoundAddressIsABlocker() {
        var bench = smallBuilt();
        bench.fleet.connected(bench.id("w1"), false);
        bench.fleet.add(new Random(7), "198.18.0.15");

        assertThat(bench.plan().blockers())
                .singleElement()
                .satisfies(b -> assertThat(b.cause()).startsWith("address taken"));
    }

    @Test
    void bringUpWaitsOnlyForWhatItNeeds() {
        var plan = small().plan();
        var start = step(plan, "e1/etcd/service.etcd");
        var begin = step(plan, "cluster/etcd/begin");

        assertThat(start.dependsOn()).containsExactly("cluster/etcd/begin");
        assertThat(begin.dependsOn())
                .contains("e1/etcd/file.etcd.config", "e3/etcd/file.etcd.config");
        assertThat(step(plan, "s1/control-plane/first").dependsOn()).contains("cluster/etcd/done");
        assertThat(step(plan, "s1/control-plane/artifact.k3s").dependsOn()).isEmpty();
        assertThat(step(plan, "w1/worker/await-endpoint").dependsOn())
                .containsExactly("s1/control-plane/first-done");
        assertThat(step(plan, "cluster/etcd/done").faultTolerance())
                .isEqualTo("etcd may lose 1 of 3 after this step");
    }

    @Test
    void aPlanHoldsNoSecretOnlyReferences() {
        var token = (WriteFile) step(small().plan(), "w1/worker/file.worker.token").work();

        assertThat(token.content().parts())
                .containsExactly(
                        new Content.Literal("K10"),
                        new Content.SecretRef("k3s/server-ca.sha256", 1),
                        new Content.Literal("::node:"),
                        new Content.SecretRef("k3s/agent-password", 1),
                        new Content.Literal("\n"));
    }

    @Test
    void afterBootstrapTheConfigurationSaysExistingWithoutARestart() {
        var bench = smallBuilt();

        assertThat(bench.fleet.starts(bench.id("e1"), "etcd", "etcd")).isEqualTo(1);
        assertThat(bench.fleet.totalStarts()).isEqualTo(6);
        assertThat(bench.fleet.violations()).isEmpty();
    }

    @Test
    void anEditedFileIsMendedAndItsServiceRestarted() {
        var bench = smallBuilt();
        bench.fleet.edit(bench.id("w1"), "worker", "worker.config", "debug: true\n");

        assertThat(ids(bench.plan())).containsExactly("w1/worker/file.worker.config");

        // What the agent started with is what is wanted: mending the file restarts nothing.
        bench.run(bench.plan(), 9);
        assertThat(bench.plan().steps()).isEmpty();
    }

    @Test
    void aChangedPassthroughKeyRestartsWhatReadsItAndSaysWhy() {
        var bench = smallBuilt();
        bench.spec =
                Specs.read(
                        Specs.SMALL.replace(
                                "version: v1.34.1+k3s1",
                                "version: v1.34.1+k3s1\n    agent: {kubelet-arg: [max-pods=50]}"));
        bench.allowDowntime = true;

        var plan = bench.plan();

        assertThat(ids(plan))
                .containsExactly(
                        "s1/control-plane/file.control-plane.config",
                        "s1/control-plane/service.k3s",
                        "s1/control-plane/await",
                        "w1/worker/file.worker.config",
                        "w1/worker/await-endpoint",
                        "w1/worker/service.k3s-agent",
                        "w1/worker/await",
                        "w1/worker/await-node",
                        "w2/worker/file.worker.config",
                        "w2/worker/await-endpoint",
                        "w2/worker/service.k3s-agent",
                        "w2/worker/await",
                        "w2/worker/await-node");
        var service = step(plan, "s1/control-plane/service.k3s");
        assertThat(service.effect()).isEqualTo(Effect.RESTART);
        assertThat(service.reason())
                .isEqualTo(new Reason(Reason.Why.INPUTS_CHANGED, "control-plane.config"));
        assertThat(((EnsureService) service.work()).allowDowntime()).isTrue();
    }

    @Test
    void theOnlyServerRestartsOnlyWithAllowDowntime() {
        var bench = smallBuilt();
        bench.spec =
                Specs.read(
                        Specs.SMALL.replace(
                                "version: v1.34.1+k3s1",
                                "version: v1.34.1+k3s1\n    server: {disable: [traefik]}"));

        assertThat(bench.plan().blockers())
                .singleElement()
                .satisfies(b -> {
                    assertThat(b.step()).isEqualTo("s1/control-plane/service.k3s");
                    assertThat(b.remedy()).contains("--allow-downtime");
                });
    }

    @Test
    void severalServersAndMembersRestartOneAfterAnother() {
        var bench = new Bench(Specs.of(3, 3, 0, false), 3);
        bench.run(bench.plan(), Integer.MAX_VALUE);
        assertThat(bench.plan().steps()).isEmpty();
        for (String name : List.of("s1", "s2", "s3")) {
            bench.fleet.deleteFile(bench.id(name), "control-plane", "control-plane.token");
        }
        bench.spec =
                new io.davit.controller.spec.ValidSpec(
                        Specs.withServer(
                                bench.spec.cluster(), java.util.Map.of("disable", "traefik")),
                        2);

        var plan = bench.plan();

        assertThat(step(plan, "s1/control-plane/service.k3s").dependsOn()).isEmpty();
        assertThat(step(plan, "s2/control-plane/service.k3s").dependsOn())
                .containsExactly("s1/control-plane/await");
        assertThat(step(plan, "s3/control-plane/service.k3s").dependsOn())
                .containsExactly("s1/control-plane/await", "s2/control-plane/await");
        assertThat(plan.blockers()).isEmpty();
    }

    @Test
    void exactlyOneServerStartsOnAnEmptyDatastore() {
        var bench = new Bench(Specs.of(3, 3, 2, false), 5);
        var plan = bench.plan();

        assertThat(step(plan, "s1/control-plane/service.k3s").dependsOn())
                .containsExactly("s1/control-plane/first");
        assertThat(step(plan, "s2/control-plane/service.k3s").dependsOn())
                .containsExactly("s1/control-plane/first-done");
        bench.run(plan, Integer.MAX_VALUE);
        assertThat(bench.fleet.violations()).isEmpty();
    }

    @Test
    void theFirstServerStaysTheOneThatWasChosen() {
        var bench = new Bench(Specs.of(1, 2, 0, false), 5);
        bench.approve(bench.plan());
        bench.record = bench.record.withFirstServer(new FirstServer.Chosen("s2", bench.id("s2")));

        assertThat(ids(bench.plan()))
                .contains("s2/control-plane/first-done")
                .doesNotContain("s1/control-plane/first");
    }

    @Test
    void otherMembersThanThoseThatBeganAreABlocker() {
        var bench = smallBuilt();
        bench.record =
                bench.record.withEtcd(
                        new EtcdState.Begun(
                                "abcdefgh",
                                "small-abcdefgh",
                                List.of(
                                        new EtcdState.Member(
                                                "e1", bench.id("e1"), "198.18.0.11"))));

        assertThat(bench.plan().blockers())
                .extracting(Blocker::cause)
                .containsExactly(
                        "etcd was started with the members e1, but the spec has e1, e2, e3");
    }

    @Test
    void aMemberWhoseDataIsGoneIsNotStarted() {
        var bench = smallBuilt();
        bench.fleet.kill(bench.id("e2"), "etcd", "etcd");
        bench.fleet.deleteDataDirectories(bench.id("e2"));

        assertThat(bench.plan().blockers())
                .singleElement()
                .satisfies(b -> assertThat(b.cause()).contains("data directory"));
    }

    @Test
    void anOldDataDirectoryIsNeverUsedAgain() {
        var bench = small();
        var first = (ControllerWork.MarkEtcdBegun) step(bench.plan(), "cluster/etcd/begin").work();
        bench.run(bench.plan(), Integer.MAX_VALUE);
        bench.record = ClusterRecord.fresh("small", 1);

        var again = (ControllerWork.MarkEtcdBegun) step(bench.plan(), "cluster/etcd/begin").work();
        assertThat(again.incarnation()).isNotEqualTo(first.incarnation()).matches("[a-z0-9]{8}");
    }

    @Test
    void whatStandsInTheWayIsToldForAllHostsAtOnce() {
        var bench = small();
        bench.fleet.obstacle(
                bench.id("e1"),
                "etcd",
                Optional.of(
                        new RoleInventory.Obstacle(
                                "port in use",
                                "2379",
                                "port 2379 is taken by nc (pid 7)",
                                "stop it")));
        bench.fleet.facts(bench.id("w2"), f -> withOs(f, "alpine", "3.20"));
        bench.fleet.facts(bench.id("s1"), f -> withFree(f, 1 << 20));

        assertThat(bench.plan().blockers())
                .extracting(Blocker::host, Blocker::cause)
                .contains(
                        org.assertj.core.groups.Tuple.tuple(
                                "e1", "port in use: port 2379 is taken by nc (pid 7)"),
                        org.assertj.core.groups.Tuple.tuple("w2", "unsupported OS alpine 3.20"))
                .anySatisfy(
                        t -> assertThat(t.toList().get(1).toString()).startsWith("disk: 1 MiB"));
    }

    @Test
    void aFullDiskIsToldBesideWhatSomebodyElseHasPutThere() {
        var bench = small();
        bench.fleet.facts(bench.id("s1"), f -> withFree(f, 1 << 20));
        bench.fleet.obstacle(
                bench.id("s1"),
                "control-plane",
                Optional.of(
                        new RoleInventory.Obstacle(
                                "not ours",
                                "/var/lib/rancher",
                                "path /var/lib/rancher exists and was not made by Davit",
                                "move it away")));

        assertThat(bench.plan().blockers())
                .filteredOn(blocker -> blocker.cause().contains("/var/lib/rancher"))
                .allSatisfy(blocker -> assertThat(blocker.host()).isEqualTo("s1"))
                .extracting(Blocker::cause)
                .satisfiesExactlyInAnyOrder(
                        cause -> assertThat(cause).startsWith("not ours: path /var/lib/rancher"),
                        cause -> assertThat(cause).startsWith("disk: 1 MiB"));
    }

    @Test
    void aWorkerThatIsAwayIsPlannedAroundAndAnAbsentMemberIsNot() {
        var bench = small();
        bench.approve(bench.plan());
        bench.fleet.connected(bench.id("w2"), false);

        var plan = bench.plan();
        assertThat(plan.away()).containsExactly("w2");
        assertThat(plan.blockers()).isEmpty();
        assertThat(plan.steps()).noneMatch(s -> s.host().equals("w2"));

        bench.fleet.connected(bench.id("e2"), false);
        assertThat(bench.plan().blockers()).extracting(Blocker::host).containsExactly("e2");
    }

    @Test
    void noWorkerJoinsWhileNoControlPlaneHostCanTellOfItsNode() {
        var bench = smallBuilt();
        bench.fleet.connected(bench.id("s1"), false);
        assertThat(bench.plan().blockers()).isEmpty();

        bench.fleet.kill(bench.id("w1"), "worker", "k3s-agent");

        assertThat(bench.plan().blockers())
                .singleElement()
                .satisfies(b -> {
                    assertThat(b.host()).isEqualTo("s1");
                    assertThat(b.cause()).contains("away", "nodes");
                });
    }

    @Test
    void theFirstServerWaitsForAnEtcdHostThatCanTellOfItsKey() {
        var bench = smallBuilt();
        bench.record = bench.record.withFirstServer(new FirstServer.Chosen("s1", bench.id("s1")));
        List.of("e1", "e2", "e3").forEach(e -> bench.fleet.connected(bench.id(e), false));

        assertThat(bench.plan().blockers())
                .singleElement()
                .satisfies(b -> assertThat(b.host()).isEqualTo("e1"));
    }

    @Test
    void theOnlyServerRestartsWithoutConsentWhileItServesNothing() {
        var bench = smallBuilt();
        bench.fleet.kill(bench.id("e2"), "etcd", "etcd");
        bench.fleet.kill(bench.id("e3"), "etcd", "etcd");
        bench.spec = Specs.read(withTraefikDisabled());

        var plan = bench.plan();

        assertThat(plan.blockers()).isEmpty();
        assertThat(step(plan, "s1/control-plane/service.k3s").effect()).isEqualTo(Effect.RESTART);
        assertThat(step(plan, "s1/control-plane/service.k3s").downtime()).isEmpty();
    }

    @Test
    void theLastReadyServerOfThreeRestartsOnlyWithConsent() {
        var bench = new Bench(Specs.of(3, 3, 0, false), 3);
        bench.run(bench.plan(), Integer.MAX_VALUE);
        bench.fleet.connected(bench.id("s2"), false);
        bench.fleet.connected(bench.id("s3"), false);
        bench.spec =
                new io.davit.controller.spec.ValidSpec(
                        Specs.withServer(
                                bench.spec.cluster(), java.util.Map.of("disable", "traefik")),
                        2);

        assertThat(bench.plan().blockers())
                .singleElement()
                .satisfies(b -> {
                    assertThat(b.step()).isEqualTo("s1/control-plane/service.k3s");
                    assertThat(b.remedy()).contains("--allow-downtime");
                });
        bench.allowDowntime = true;
        assertThat(step(bench.plan(), "s1/control-plane/service.k3s").downtime()).isNotEmpty();
    }

    @Test
    void consentGoesAlongWithEveryRestartForWhatIsMeasuredThen() {
        var bench = new Bench(Specs.of(3, 3, 0, false), 3);
        bench.run(bench.plan(), Integer.MAX_VALUE);
        bench.fleet.restartWanted(bench.id("s1"), "control-plane", "k3s");
        bench.allowDowntime = true;

        var restart = (EnsureService) step(bench.plan(), "s1/control-plane/service.k3s").work();

        assertThat(restart.allowDowntime()).isTrue();
    }

    @Test
    void aMemberThatServesNothingRestartsWithoutWaitingForOthers() {
        var bench = smallBuilt();
        bench.fleet.kill(bench.id("e2"), "etcd", "etcd");
        bench.fleet.kill(bench.id("e3"), "etcd", "etcd");
        bench.fleet.restartWanted(bench.id("e1"), "etcd", "etcd");

        var restart = step(bench.plan(), "e1/etcd/service.etcd");

        assertThat(restart.effect()).isEqualTo(Effect.RESTART);
        assertThat(restart.dependsOn()).isEmpty();
    }

    private static String withTraefikDisabled() {
        return Specs.SMALL.replace(
                "version: v1.34.1+k3s1", "version: v1.34.1+k3s1\n    server: {disable: [traefik]}");
    }

    @Test
    void aCertificateThatEndsSoonIsMadeAnew() {
        var bench = smallBuilt();
        bench.allowDowntime = true;
        var later = bench.input();
        var plan =
                bench.planner.plan(
                        new PlanInput(
                                later.spec(),
                                later.bindings(),
                                later.record(),
                                later.observed(),
                                later.catalog(),
                                later.material(),
                                later.now().plus(Duration.ofDays(300)),
                                Consent.of(true)));

        // etcd reloads certificates itself; k3s reads its client certificate at start.
        assertThat(ids(plan))
                .containsExactly(
                        "e1/etcd/certificate.etcd.server",
                        "e1/etcd/certificate.etcd.peer",
                        "e2/etcd/certificate.etcd.server",
                        "e2/etcd/certificate.etcd.peer",
                        "e3/etcd/certificate.etcd.server",
                        "e3/etcd/certificate.etcd.peer",
                        "s1/control-plane/certificate.control-plane.etcd-client",
                        "s1/control-plane/service.k3s",
                        "s1/control-plane/await");
    }

    @Test
    void kubeletsThatRefuseCgroupV1AreABlocker() {
        var bench = new Bench(Specs.read(Specs.SMALL.replace("v1.34.1", "v1.35.0")), 1);
        bench.fleet.facts(bench.id("w1"), PlannerTest::withCgroupV1);

        assertThat(bench.plan().blockers())
                .singleElement()
                .satisfies(b -> assertThat(b.remedy()).contains("fail-cgroupv1=false"));
    }

    @Test
    void aServerThatIsAWorkerTooHasOneUnitAndConverges() {
        var bench =
                new Bench(
                        Specs.read(
                                Specs.SMALL.replace(
                                        "roles: [control-plane]",
                                        "roles: [control-plane, worker]")),
                        1);
        // What k3s itself listens on is in the way of a second unit, and of nobody else.
        bench.fleet.obstacle(
                bench.id("s1"),
                "worker",
                Optional.of(
                        new RoleInventory.Obstacle(
                                "port in use", "10250", "port 10250 is taken by k3s", "")));

        assertThat(bench.run(bench.plan(), Integer.MAX_VALUE)).isEmpty();

        assertThat(bench.plan().converged()).isTrue();
        assertThat(bench.fleet.starts(bench.id("s1"), "worker", "k3s-agent")).isZero();
    }

    @Test
    void everyStepIdIsPrintableShortAndUnique() {
        var plan = new Bench(Specs.of(7, 3, 60, true), 1).plan();

        assertThat(plan.steps()).allMatch(s -> s.id().matches("[!-~]{1,128}"));
        assertThat(new HashSet<>(ids(plan))).hasSameSizeAs(plan.steps());
        assertThat(((ControllerWork.AwaitTurn) step(plan, "w60/worker/turn").work()).after())
                .hasSize(50)
                .contains("w1/worker/await-node");
    }

    static Step step(Plan plan, String id) {
        return plan.steps().stream()
                .filter(s -> s.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no step " + id + " in " + ids(plan)));
    }

    static List<String> ids(Plan plan) {
        return plan.steps().stream().map(Step::id).toList();
    }

    private static HostFacts withAddresses(HostFacts f, List<String> addresses) {
        return copy(f, f.osId(), f.osVersion(), f.cgroupVersion(), addresses, f.fileSystems());
    }

    private static HostFacts withOs(HostFacts f, String id, String version) {
        return copy(f, id, version, f.cgroupVersion(), f.addresses(), f.fileSystems());
    }

    private static HostFacts withCgroupV1(HostFacts f) {
        return copy(f, f.osId(), f.osVersion(), 1, f.addresses(), f.fileSystems());
    }

    private static HostFacts withFree(HostFacts f, long free) {
        return copy(
                f,
                f.osId(),
                f.osVersion(),
                f.cgroupVersion(),
                f.addresses(),
                f.fileSystems().stream()
                        .map(fs -> new HostFacts.FileSystem(fs.directory(), fs.sizeBytes(), free))
                        .toList());
    }

    static HostFacts withListener(HostFacts f, int port) {
        return copy(
                f,
                f.osId(),
                f.osVersion(),
                f.cgroupVersion(),
                f.addresses(),
                f.fileSystems(),
                List.of(port));
    }

    private static HostFacts copy(
            HostFacts f,
            String os,
            String version,
            int cgroup,
            List<String> addresses,
            List<HostFacts.FileSystem> fileSystems) {
        return copy(f, os, version, cgroup, addresses, fileSystems, f.listeningPorts());
    }

    private static HostFacts copy(
            HostFacts f,
            String os,
            String version,
            int cgroup,
            List<String> addresses,
            List<HostFacts.FileSystem> fileSystems,
            List<Integer> listeningPorts) {
        return new HostFacts(
                f.hostname(),
                f.machineId(),
                f.productUuid(),
                os,
                version,
                f.kernel(),
                f.arch(),
                f.cpus(),
                f.memoryBytes(),
                cgroup,
                addresses,
                f.interfaces(),
                f.hasDefaultRoute(),
                fileSystems,
                f.bootId(),
                f.agentVersion(),
                f.systemdVersion(),
                listeningPorts);
    }
}
