package io.davit.controller.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.controller.Bench;
import io.davit.controller.Specs;
import io.davit.controller.observe.HostFacts;
import io.davit.controller.observe.RoleInventory.Obstacle;
import io.davit.controller.plan.AgentWork.EnsureHeldPackage;
import io.davit.controller.plan.AgentWork.EnsurePackage;
import io.davit.controller.plan.Catalog.ArtifactFile;
import io.davit.controller.plan.Catalog.PackageSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Sites without a mirror: OS packages that the controller holds, and routes that lead nowhere. */
class HeldPackagesTest {

    private static final Optional<Obstacle> NO_SOURCE =
            Optional.of(
                    new Obstacle(
                            "no package source",
                            "haproxy",
                            "this host's apt has no source",
                            "davit artifacts export --os debian-12"));

    private final Bench bench = new Bench(Specs.read(Specs.HA), 1);

    private static PackageSet set(String release, String arch) {
        return new PackageSet(
                new ArtifactFile("os-packages", release, arch, "os.tar", "ab".repeat(32), 30 << 20),
                Map.of("haproxy", "2.6.12-1", "keepalived", "1:2.2.7-1"));
    }

    private List<AgentWork> packages(Plan plan) {
        return plan.steps().stream()
                .filter(step -> step.id().contains("/package."))
                .map(step -> (AgentWork) step.work())
                .toList();
    }

    @Test
    void aHeldSetForTheHostsReleaseGoesBeforeItsOwnSources() {
        bench.packageSets = List.of(set("ubuntu-24.04", "amd64"), set("debian-12", "amd64"));
        assertThat(packages(bench.plan()))
                .hasSize(4)
                .allSatisfy(work ->
                        assertThat(work)
                                .isInstanceOfSatisfying(
                                        EnsureHeldPackage.class,
                                        held ->
                                                assertThat(held.set())
                                                        .isEqualTo(
                                                                set("debian-12", "amd64").file())));
        assertThat(packages(bench.plan()).getFirst().what())
                .isEqualTo("haproxy 2.6.12-1 (held for debian-12)");
    }

    @Test
    void aSetForAnotherReleaseOrArchitectureIsNotTaken() {
        bench.packageSets = List.of(set("debian-13", "amd64"), set("debian-12", "arm64"));
        assertThat(packages(bench.plan())).hasSize(4).allMatch(EnsurePackage.class::isInstance);
    }

    @Test
    void planningOnWhatWasInstalledFromASetIsEmpty() {
        bench.packageSets = List.of(set("debian-12", "amd64"));
        for (int round = 0; round < 9 && !bench.plan().steps().isEmpty(); round++) {
            bench.run(bench.plan(), Integer.MAX_VALUE);
        }
        assertThat(bench.plan().steps()).isEmpty();
        bench.packageSets = List.of();
        assertThat(bench.plan().steps()).as("the set was removed").isEmpty();
    }

    @Test
    void aHostWithoutASourceIsBlockedUnlessTheControllerHoldsWhatItNeeds() {
        bench.fleet.obstacle(bench.id("e2"), "load-balancer", NO_SOURCE);
        assertThat(bench.plan().blockers())
                .singleElement()
                .satisfies(blocker -> {
                    assertThat(blocker.host()).isEqualTo("e2");
                    assertThat(blocker.cause()).contains("no source");
                    assertThat(blocker.remedy()).contains("davit artifacts export --os debian-12");
                });
        bench.packageSets = List.of(set("debian-13", "amd64"));
        assertThat(bench.plan().blockers()).hasSize(1);
        bench.packageSets = List.of(set("debian-12", "amd64"));
        assertThat(bench.plan().blockers()).isEmpty();
    }

    private static HostFacts withoutRoute(HostFacts f) {
        return new HostFacts(
                f.hostname(),
                f.machineId(),
                f.productUuid(),
                f.osId(),
                f.osVersion(),
                f.kernel(),
                f.arch(),
                f.cpus(),
                f.memoryBytes(),
                f.cgroupVersion(),
                f.addresses(),
                f.interfaces(),
                false,
                f.fileSystems(),
                f.bootId(),
                f.agentVersion(),
                f.systemdVersion(),
                f.listeningPorts());
    }

    @Test
    void withoutADefaultRouteK3sWouldEndAndThePlanSaysSoBefore() {
        bench.fleet.facts(bench.id("e1"), HeldPackagesTest::withoutRoute);
        assertThat(bench.plan().blockers()).as("etcd needs none").isEmpty();
        bench.fleet.facts(bench.id("w1"), HeldPackagesTest::withoutRoute);
        assertThat(bench.plan().blockers())
                .singleElement()
                .satisfies(blocker -> {
                    assertThat(blocker.host()).isEqualTo("w1");
                    assertThat(blocker.cause()).contains("no default route");
                    assertThat(blocker.remedy()).contains("docs/air-gap.md");
                });
        bench.spec =
                Specs.read(
                        Specs.HA.replace(
                                "version: v1.34.1+k3s1",
                                "version: v1.34.1+k3s1\n    agent: {flannel-iface: eth0}"));
        assertThat(bench.plan().blockers()).isEmpty();
        assertThat(bench.plan().warnings()).anyMatch(w -> w.contains("w1: no default route"));
    }
}
