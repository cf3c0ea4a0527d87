package io.davit.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * What stands in the way is named with host, step, cause and remedy before anything is touched;
 * once mended, apply finishes.
 */
@TestMethodOrder(OrderAnnotation.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FaultsIT {

    private ExampleCluster cluster;
    private Process listener;

    @BeforeAll
    void register() throws Exception {
        cluster = ExampleCluster.registered("it-faults", Example.SMALL);
        listener =
                cluster.lab.background(
                        "e1", "exec socat TCP-LISTEN:2379,fork,reuseaddr EXEC:/bin/true");
    }

    @AfterAll
    void end() {
        if (listener != null) {
            listener.destroyForcibly();
        }
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    @Order(1)
    void aBusyPortAForeignDirectoryAFullDiskAndAHostThatIsAwayAreAllNamedAtOnce() throws Exception {
        var lab = cluster.lab;
        lab.sh("w1", "mkdir -p /var/lib/rancher/other && echo mine > /var/lib/rancher/other/file")
                .ok();
        lab.lab("fill", "e2", "/var/lib/etcd").ok();
        lab.exec("w2", "systemctl", "stop", "davit-agent").ok();
        lab.await("ctl", "davit hosts | grep -q away");

        var before = cluster.outside.print("e3");
        var apply = cluster.apply(cluster.spec());
        assertThat(apply.exitCode()).as(apply.toString()).isEqualTo(3);
        String said = apply.out() + apply.err();
        assertThat(said).contains("e1").contains("2379").contains("socat");
        assertThat(said).contains("w1").contains("/var/lib/rancher").contains("not ours");
        assertThat(said).contains("e2").contains("/var/lib/etcd");
        assertThat(said).contains("w2").containsPattern("away|not connected");
        assertThat(said.lines().filter(line -> line.contains("→")).count())
                .isGreaterThanOrEqualTo(4);
        assertThat(Outside.difference(before, cluster.outside.print("e3")))
                .as("nothing was touched")
                .isEmpty();
        assertThat(lab.sh("w1", "cat /var/lib/rancher/other/file").ok()).isEqualTo("mine\n");
    }

    @Test
    @Order(2)
    void aWrongTokenIsToldInTheAgentsLogAndGetsNothing() {
        var lab = cluster.lab;
        lab.up("x1=198.18.0.40").ok();
        var stage =
                lab.tool(
                        "lab/stage",
                        "agent-with-token",
                        "x1",
                        "dvt1.aaaaaaaaaa." + "A".repeat(43) + "." + "B".repeat(43));
        stage.ok();
        lab.await("x1", "journalctl -u davit-agent -o cat | grep -qi pin");
        assertThat(cluster.davit("hosts").ok()).doesNotContain("x1");

        lab.tool("lab/stage", "agents", "x1").ok(); // the right token, in place of the wrong one
        lab.await("ctl", "davit hosts | grep -q x1");
    }

    @Test
    @Order(3)
    void aCorruptedDownloadIsNamedAndNeverReachesAHost() throws Exception {
        var lab = cluster.lab;
        listener.descendants().forEach(ProcessHandle::destroy);
        listener.destroy();
        lab.sh(
                "e1",
                "kill $(ss -Hltnp 'sport = :2379' | grep -o 'pid=[0-9]*' | head -1 | cut -d= -f2)");
        lab.sh("w1", "rm -r /var/lib/rancher/other").ok();
        lab.lab("unfill", "e2", "/var/lib/etcd").ok();
        lab.exec("w2", "systemctl", "start", "davit-agent").ok();
        lab.tool("lab/stage", "registered", "7").ok();

        String versions = lab.lab("mirror", "versions").ok();
        String k3s = versions.replaceAll(".*\"k3s\":\"([^\"]*)\".*\\n?", "$1");
        String path = "/k3s-io/k3s/releases/download/" + k3s + "/k3s";
        lab.lab("mirror", "fault", path, "corrupt=1000").ok();
        var apply = cluster.apply(cluster.spec());
        assertThat(apply.exitCode()).as(apply.toString()).isEqualTo(3);
        assertThat(apply.out() + apply.err()).contains("k3s").contains("SHA-256");
        assertThat(lab.sh("s1", "ls /usr/local/bin/k3s").exitCode()).isNotZero();
        lab.lab("mirror", "fault", path, "none").ok();

        var halfBuilt = Example.SMALL.hosts().stream().map(cluster.outside::print).toList();
        assertThat(cluster.plan(cluster.spec()).exitCode()).isEqualTo(2);
        for (int i = 0; i < Example.SMALL.hosts().size(); i++) {
            String host = Example.SMALL.hosts().get(i);
            assertThat(Outside.difference(halfBuilt.get(i), cluster.outside.print(host)))
                    .as("planning on half-built " + host)
                    .isEmpty();
        }
    }

    @Test
    @Order(4)
    void onceMendedApplyFinishes() throws Exception {
        var apply = cluster.apply(cluster.spec());
        assertThat(apply.exitCode()).as(apply.toString()).isZero();
        assertThat(cluster.kubectl("get", "nodes", "--no-headers").lines())
                .hasSize(3)
                .allMatch(line -> line.contains(" Ready "));
    }

    /**
     * A machine that says it has a host's address, but connects from elsewhere, is not that host.
     */
    @Test
    @Order(5)
    void anAgentThatClaimsAHostsAddressFromElsewhereGetsNothing() throws Exception {
        var lab = cluster.lab;
        lab.up("y1=198.18.0.41").ok();
        lab.sh("y1", "ip addr add 198.18.0.30/32 dev lo").ok();
        lab.tool("lab/stage", "agents", "y1").ok();
        lab.tool("lab/stage", "registered", "8").ok();
        var spec =
                cluster.spec(
                        "more.yaml",
                        "    - {name: w2,",
                        "    - {name: w3, address: 198.18.0.30, roles: [worker]}\n"
                                + "    - {name: w2,");
        var apply = cluster.apply(spec);
        assertThat(apply.exitCode()).as(apply.toString()).isEqualTo(3);
        assertThat(apply.out() + apply.err()).contains("w3").contains("198.18.0.30");
        assertThat(lab.sh("y1", "ls /etc/rancher /usr/local/bin/k3s").exitCode()).isNotZero();
    }
}
