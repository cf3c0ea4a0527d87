package io.davit.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * From "agents registered" to every node Ready, and what a finished cluster is like afterwards.
 * Each test follows the one before.
 */
@TestMethodOrder(OrderAnnotation.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SmallClusterIT {

    private ExampleCluster cluster;

    @BeforeAll
    void register() throws Exception {
        cluster = ExampleCluster.registered("it-small", Example.SMALL);
    }

    @AfterAll
    void end() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    @Order(1)
    void agentsRegisteredByThemselvesAndAreUnassigned() {
        String hosts = cluster.davit("hosts").ok();
        assertThat(hosts.lines().filter(line -> line.contains("unassigned"))).hasSize(6);
    }

    @Test
    @Order(2)
    void aPlanOnBareHostsChangesNothingThere() throws Exception {
        var before = Example.SMALL.hosts().stream().map(cluster.outside::print).toList();
        var plan = cluster.plan(cluster.spec());
        assertThat(plan.exitCode()).as(plan.toString()).isEqualTo(2);
        assertThat(plan.out()).contains("New bindings").contains("etcd");
        for (int i = 0; i < Example.SMALL.hosts().size(); i++) {
            String host = Example.SMALL.hosts().get(i);
            assertThat(Outside.difference(before.get(i), cluster.outside.print(host)))
                    .as(host)
                    .isEmpty();
        }
    }

    @Test
    @Order(3)
    void applyBringsTheClusterUp() throws Exception {
        var apply = cluster.apply(cluster.spec());
        assertThat(apply.exitCode()).as(apply.toString()).isZero();
    }

    @Test
    @Order(4)
    void etcdIsHealthyOverTls() {
        var members = cluster.etcdctl("e1", "198.18.0.11", "member", "list").lines();
        assertThat(members)
                .hasSize(3)
                .allMatch(line -> line.contains("started") && line.contains("https://198.18.0.1"));
        for (int i = 1; i <= 3; i++) {
            assertThat(cluster.etcdctl("e" + i, "198.18.0.1" + i, "endpoint", "health").exitCode())
                    .isZero();
            assertThat(
                            cluster.lab
                                    .sh("e" + i, "grep initial-cluster-state /etc/etcd/etcd.yaml")
                                    .ok())
                    .contains("existing");
        }
        assertThat(cluster.lab.sh("e1", "curl -sk https://198.18.0.11:2379/version").exitCode())
                .as("without a certificate")
                .isNotZero();
    }

    @Test
    @Order(5)
    void everyNodeIsReadyAndTheControlPlaneIsTainted() throws Exception {
        var nodes = cluster.kubectl("get", "nodes", "--no-headers").lines();
        assertThat(nodes)
                .hasSize(3)
                .allMatch(line -> Pattern.compile("\\sReady\\s").matcher(line).find());
        assertThat(
                        cluster.kubectl(
                                        "get",
                                        "node",
                                        "s1",
                                        "-o",
                                        "jsonpath={.spec.taints[*].key}={.spec.taints[*].value}:{.spec.taints[*].effect}")
                                .ok())
                .contains("CriticalAddonsOnly=true:NoExecute");
        assertThat(
                        cluster.kubectl(
                                        "get",
                                        "node",
                                        "w1",
                                        "-o",
                                        "jsonpath={.metadata.labels.disk}")
                                .ok())
                .isEqualTo("ssd");
        assertThat(cluster.kubectl("describe", "node", "w1").exitCode()).isZero();
    }

    @Test
    @Order(6)
    void secretsHaveTheirModesAndOwners() {
        assertThat(modes("e1", "/etc/etcd/pki/server.key", "/etc/etcd/pki/peer.key"))
                .containsOnly("600 etcd:etcd");
        assertThat(modes("e1", "/var/lib/etcd")).containsOnly("700 etcd:etcd");
        assertThat(
                        modes(
                                "s1",
                                "/etc/rancher/k3s/token",
                                "/etc/rancher/k3s/agent-token",
                                "/etc/rancher/k3s/config.yaml",
                                "/etc/rancher/k3s/etcd/client.key",
                                "/var/lib/rancher/k3s/server/tls/server-ca.key",
                                "/var/lib/rancher/k3s/server/tls/client-ca.key",
                                "/var/lib/rancher/k3s/server/tls/service.key"))
                .containsOnly("600 root:root");
        assertThat(modes("w1", "/etc/rancher/k3s/token", "/etc/rancher/k3s/config.yaml"))
                .containsOnly("600 root:root");
        assertThat(cluster.lab.sh("s1", "cat /etc/rancher/k3s/config.yaml").ok())
                .doesNotContain("K10");
        String server = cluster.lab.sh("s1", "cat /etc/rancher/k3s/token").ok().strip();
        assertThat(cluster.lab.sh("w1", "cat /etc/rancher/k3s/token").ok().strip())
                .isNotEqualTo(server)
                .contains("::node:");
        assertThat(server).contains("::server:");
        String secret = server.substring(server.lastIndexOf(':') + 1);
        for (String host : List.of("ctl", "e1", "s1", "w1")) {
            assertThat(cluster.lab.exec(host, "journalctl", "--no-pager", "-o", "cat").ok())
                    .as("journal of " + host)
                    .doesNotContain(secret);
        }
        assertThat(
                        cluster.lab
                                .exec(
                                        "s1",
                                        "grep",
                                        "-rlaF",
                                        secret,
                                        "/var/lib/davit",
                                        "/etc/systemd")
                                .out())
                .isEmpty();
        assertThat(
                        cluster.lab
                                .exec(
                                        "ctl",
                                        "grep",
                                        "-rlaF",
                                        secret,
                                        "/var/lib/davit",
                                        "/etc/davit")
                                .out())
                .isEmpty();
    }

    private List<String> modes(String host, String... files) {
        return cluster.outside
                .stat(host, files)
                .lines()
                .map(line -> line.split(" ")[1] + " " + line.split(" ")[2])
                .toList();
    }

    @Test
    @Order(7)
    void applyingAgainMovesNothing() throws Exception {
        var lives = cluster.outside.lives();
        var prints = Example.SMALL.hosts().stream().map(cluster.outside::print).toList();
        long start = System.nanoTime();
        var apply = cluster.apply(cluster.spec());
        System.out.printf(
                "apply with nothing to do: %d ms%n", (System.nanoTime() - start) / 1_000_000);
        assertThat(apply.exitCode()).as(apply.toString()).isZero();
        assertThat(apply.out()).contains("Nothing to do");
        var plan = cluster.plan(cluster.spec());
        assertThat(plan.exitCode()).as(plan.toString()).isZero();
        assertThat(cluster.outside.lives()).isEqualTo(lives);
        for (int i = 0; i < Example.SMALL.hosts().size(); i++) {
            String host = Example.SMALL.hosts().get(i);
            assertThat(Outside.difference(prints.get(i), cluster.outside.print(host)))
                    .as(host)
                    .isEmpty();
        }
    }

    @Test
    @Order(8)
    void aFileEditedByHandIsShownAndMended() throws Exception {
        var lives = cluster.outside.lives();
        cluster.lab.sh("e2", "echo 'snapshot-count: 4242' >> /etc/etcd/etcd.yaml").ok();
        var plan = cluster.plan(cluster.spec());
        assertThat(plan.exitCode()).as(plan.toString()).isEqualTo(2);
        assertThat(plan.out()).contains("-snapshot-count: 4242").contains("etcd.config");
        assertThat(plan.out().lines().filter(line -> line.startsWith("  ")))
                .noneMatch(line -> line.contains("! etcd: restart"));
        var apply = cluster.apply(cluster.spec());
        assertThat(apply.exitCode()).as(apply.toString()).isZero();
        assertThat(cluster.lab.sh("e2", "cat /etc/etcd/etcd.yaml").ok()).doesNotContain("4242");
        assertThat(cluster.outside.lives()).isEqualTo(lives);
    }

    @Test
    @Order(9)
    void theOnlyServerIsRestartedOnlyWithAllowDowntime() throws Exception {
        var spec =
                cluster.spec(
                        "labelled.yaml",
                        "    version: v",
                        "    server: {kube-apiserver-arg: [event-ttl=2h]}\n    version: v");
        var lives = cluster.outside.lives();
        var refused = cluster.apply(spec);
        assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(3);
        assertThat(refused.toString()).contains("--allow-downtime");
        assertThat(cluster.outside.lives()).isEqualTo(lives);
        var plan = cluster.plan(spec, "--allow-downtime");
        assertThat(plan.out()).contains("+kube-apiserver-arg").contains("restart k3s");
        var apply = cluster.apply(spec, "--allow-downtime");
        assertThat(apply.exitCode()).as(apply.toString()).isZero();
        var after = cluster.outside.lives();
        assertThat(after.get("s1")).isNotEqualTo(lives.get("s1"));
        assertThat(after.get("w1")).isEqualTo(lives.get("w1"));
    }

    @Test
    @Order(10)
    void aMachineThatNobodyNamedIsVisibleAndGetsNothing() throws Exception {
        cluster.lab.up("x1=198.18.0.40").ok();
        cluster.lab.tool("lab/stage", "agents", "x1").ok();
        cluster.lab.tool("lab/stage", "registered", "7").ok();
        assertThat(cluster.davit("hosts").ok().lines().filter(l -> l.contains("x1")))
                .singleElement()
                .asString()
                .contains("unassigned");
        var apply =
                cluster.apply(
                        cluster.spec(
                                "labelled.yaml",
                                "    version: v",
                                "    server: {kube-apiserver-arg: [event-ttl=2h]}\n"
                                        + "    version: v"));
        assertThat(apply.out()).contains("Nothing to do");
        assertThat(cluster.lab.sh("x1", "ls /etc/etcd /etc/rancher /usr/local/bin/k3s").exitCode())
                .isNotZero();
    }
}
