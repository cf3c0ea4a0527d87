package io.davit.controller.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.common.K3sKeys;
import io.davit.controller.Specs;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SpecComparisonTest {

    private static SpecComparison compare(String old, String next) {
        var read =
                new SpecReader(K3sKeys.standard())
                        .read(Specs.SMALL.replace(old, next).getBytes(StandardCharsets.UTF_8));
        assertThat(read.problems()).isEmpty();
        return SpecComparison.of(Specs.small(), read);
    }

    @Test
    void theSameSpecHasNoChange() {
        assertThat(compare("", ""))
                .isEqualTo(new SpecComparison(java.util.List.of(), java.util.List.of()));
    }

    @Test
    void passthroughAndNewWorkersAreLive() {
        var live =
                compare(
                        "- {name: w2,",
                        "- {name: w3, address: 198.18.0.17, roles: [worker]}\n    - {name: w2,");
        assertThat(live.problems()).isEmpty();
        assertThat(live.changes())
                .containsExactly(
                        new FieldChange("hosts[w3].address", "", "198.18.0.17"),
                        new FieldChange("hosts[w3].roles", "", "[worker]"));
        assertThat(compare("v1.34.1+k3s1", "v1.34.1+k3s1\n    agent: {debug: true}").problems())
                .isEmpty();
        assertThat(
                        compare("  hosts:", "  endpoint: {names: [api.example.test]}\n  hosts:")
                                .problems())
                .isEmpty();
    }

    @Test
    void aNewHostDoesNotMoveTheLoadBalancersPort() {
        String next =
                Specs.HA
                        + "    - {name: s4, address: 198.18.0.19, roles: [load-balancer,"
                        + " control-plane]}\n";
        var read = new SpecReader(K3sKeys.standard()).read(next.getBytes(StandardCharsets.UTF_8));

        assertThat(SpecComparison.of(Specs.ha(), read).problems())
                .extracting(Problem::message)
                .containsExactly(
                        "loadBalancer.port cannot be changed yet: it is 6443, and would become"
                                + " 8443");
    }

    @Test
    void fixedFieldsAreRefusedWithOldAndNewValue() {
        assertThat(compare("198.19.0.0/17", "198.19.0.0/18").problems())
                .containsExactly(
                        new Problem(
                                13,
                                19,
                                "network.clusterCidrs",
                                "fixed",
                                "network.clusterCidrs is fixed when the cluster is created: it is"
                                        + " [198.19.0.0/17], and would become [198.19.0.0/18]",
                                "keep [198.19.0.0/17]"));
        assertThat(compare("198.18.0.16", "198.18.0.17").problems())
                .extracting(Problem::line, Problem::code)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(21, "fixed"));
    }

    @Test
    void whatCannotBeChangedYetIsRefused() {
        assertThat(compare("3.5.16", "3.5.17").problems())
                .extracting(Problem::line, Problem::code, Problem::path)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(9, "not-yet", "etcd.version"));
        assertThat(compare("v1.34.1", "v1.34.2").problems())
                .extracting(Problem::code)
                .containsExactly("not-yet");
        assertThat(
                        compare("    - {name: w2, address: 198.18.0.16, roles: [worker]}\n", "")
                                .problems())
                .isEmpty();
        assertThat(compare("disk: ssd", "disk: hdd").problems()).isEmpty();
        assertThat(compare("labels: {disk: ssd}", "taints: [\"a=b:NoSchedule\"]").problems())
                .isEmpty();
        var members =
                Specs.SMALL
                        .replace("- {name: e2, address: 198.18.0.12, roles: [etcd]}", "")
                        .replace("- {name: e3, address: 198.18.0.13, roles: [etcd]}", "");
        assertThat(compare(Specs.SMALL, members).problems())
                .extracting(Problem::path)
                .containsExactly("hosts[e2].roles", "hosts[e3].roles");
        assertThat(compare(Specs.SMALL, members).problems())
                .extracting(Problem::message)
                .contains("e2 is an etcd member and cannot be removed yet");
    }
}
