package io.davit.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * What stands in the way is named with host, step, cause and remedy before anything is touched;
 * once mended, apply finishes.
 */
@Tag("long")
@TestMethodOrder(OrderAnnotation.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FaultsIT {

    /** A kubelet's settings are the only server's too, which restarts for them. */
    private static final String ACCEPTED = "--allow-downtime";

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

        String path = k3sDownload();
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

    private String k3sDownload() {
        String versions = cluster.lab.lab("mirror", "versions").ok();
        String k3s = versions.replaceAll(".*\"k3s\":\"([^\"]*)\".*\\n?", "$1");
        return "/k3s-io/k3s/releases/download/" + k3s + "/k3s";
    }

    private Lab.Said applyWith(String fault) throws Exception {
        cluster.lab.lab("mirror", "fault", k3sDownload(), fault).ok();
        return cluster.apply(cluster.spec());
    }

    @Test
    @Order(4)
    void aReleaseThatIsNotThereIsNamedWithItsPlace() throws Exception {
        var apply = applyWith("404");
        assertThat(apply.exitCode()).as(apply.toString()).isEqualTo(3);
        assertThat(apply.out() + apply.err())
                .contains("cannot find k3s")
                .contains("198.18.0.1:8080")
                .contains("404")
                .containsPattern("→ .*version in the spec");
    }

    @Test
    @Order(5)
    void aSourceThatBreaksOffIsNamedAndGoesOnWhereItEnded() throws Exception {
        var apply = applyWith("truncate=1000");
        assertThat(apply.exitCode()).as(apply.toString()).isEqualTo(3);
        assertThat(apply.out() + apply.err())
                .contains("cannot fetch k3s")
                .contains("198.18.0.1:8080")
                .containsPattern("→ .*next attempt goes on where this one ended");
        assertThat(cluster.lab.sh("s1", "ls /usr/local/bin/k3s").exitCode()).isNotZero();
    }

    /** Slow is not broken: with the rest coming in seconds instead of at once, apply finishes. */
    @Test
    @Order(6)
    void onceMendedApplyFinishesAlsoFromASlowSource() throws Exception {
        var apply = applyWith("slow=50000");
        assertThat(apply.exitCode()).as(apply.toString()).isZero();
        assertThat(cluster.kubectl("get", "nodes", "--no-headers").lines())
                .hasSize(3)
                .allMatch(line -> line.contains(" Ready "));
        var fetches =
                cluster.lab.lab("mirror", "log").lines().stream()
                        .filter(l -> l.contains("\"GET\"") && l.contains("/objects/k3s-io/"))
                        .filter(l -> l.contains("/k3s\""))
                        .toList();
        assertThat(fetches.getLast())
                .as("the last of %s", fetches)
                .containsPattern("\"range\": \"bytes=[1-9][0-9]*-\"")
                .contains("\"status\": 206");
        cluster.lab.lab("mirror", "fault", k3sDownload(), "none").ok();
    }

    /**
     * A change for all workers while one of them is away, and then once more while it is frozen.
     */
    @Test
    @Order(7)
    void aBoundHostThatIsAwayIsNamedAndTheOthersGetTheirChange() throws Exception {
        var lab = cluster.lab;
        assertIncompleteThenDone(
                "110",
                () -> lab.exec("w2", "systemctl", "stop", "davit-agent").ok(),
                () -> lab.exec("w2", "systemctl", "start", "davit-agent").ok());
        assertIncompleteThenDone(
                "120", () -> lab.lab("pause", "w2").ok(), () -> lab.lab("resume", "w2").ok());
    }

    private void assertIncompleteThenDone(String maxPods, Runnable leaves, Runnable comesBack)
            throws Exception {
        var lab = cluster.lab;
        var before = cluster.outside.life("w2", "k3s-agent");
        leaves.run();
        lab.await("ctl", "davit hosts | grep w2 | grep -q away");
        String wanted = "kubelet-arg: [max-pods=" + maxPods + "]";
        var spec =
                cluster.spec(
                        "kubelet.yaml",
                        "    version: v",
                        "    agent: {" + wanted + "}\n    version: v");
        var plan = cluster.plan(spec, ACCEPTED);
        assertThat(plan.exitCode()).as(plan.toString()).isIn(2, 3);
        assertThat(plan.out()).containsPattern("away.*: w2");
        var apply = cluster.apply(spec, ACCEPTED);
        assertThat(apply.exitCode()).as(apply.toString()).isEqualTo(3);
        assertThat(apply.out() + apply.err())
                .containsPattern("Incomplete.*apply again")
                .containsPattern("w2.*away")
                .contains("→ bring it back");
        assertThat(lab.sh("w1", "cat /etc/rancher/k3s/config.yaml").ok()).contains(maxPods);
        // Nothing more to do elsewhere is not "nothing to do".
        assertThat(cluster.plan(spec, ACCEPTED).exitCode()).isEqualTo(3);
        assertThat(cluster.apply(spec, ACCEPTED).exitCode()).isEqualTo(3);

        comesBack.run();
        lab.tool("lab/stage", "registered", "7").ok();
        assertThat(cluster.outside.life("w2", "k3s-agent")).isEqualTo(before);
        var last = cluster.apply(spec, ACCEPTED);
        assertThat(last.exitCode()).as(last.toString()).isZero();
        assertThat(lab.sh("w2", "cat /etc/rancher/k3s/config.yaml").ok()).contains(maxPods);
        assertThat(cluster.plan(spec, ACCEPTED).exitCode()).isZero();
    }

    /**
     * A machine that says it has a host's address, but connects from elsewhere, is not that host.
     */
    @Test
    @Order(8)
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
