package io.davit.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import tools.jackson.databind.ObjectMapper;

/**
 * The whole cluster, with everything in its way at once, each on another host. What can be known
 * beforehand is named all at once with host, step, cause and remedy, before anything is touched;
 * once mended, one apply finishes.
 */
@Tag("long")
@TestMethodOrder(OrderAnnotation.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HighlyAvailableFaultsIT {

    private static final List<String> HOSTS = Example.HIGHLY_AVAILABLE.hosts();

    private ExampleCluster cluster;
    private Lab lab;

    /** All but x1, which has a token whose secret is wrong. */
    @BeforeAll
    void registerWithFaults() throws Exception {
        lab = new Lab("it-ha-faults");
        cluster =
                ExampleCluster.registered(
                        lab,
                        Example.HIGHLY_AVAILABLE,
                        HOSTS.stream().filter(host -> !host.equals("x1")).toList());
        listen("e1", 6443);
        listen("e3", 2379);
        lab.sh("s2", "mkdir -p /var/lib/rancher/other && echo mine > /var/lib/rancher/other/file")
                .ok();
        lab.lab("fill", "s3", "/var/lib/rancher").ok();
        lab.lab("mirror", "fault", etcdDownload(), "corrupt=1000").ok();
        lab.up("x1=" + Example.HIGHLY_AVAILABLE.address("x1")).ok();
        lab.tool("lab/stage", "agent-with-token", "x1", tokenWithWrongSecret()).ok();
        lab.exec("w2", "systemctl", "stop", "davit-agent").ok();
        lab.await("ctl", "davit hosts | grep w2 | grep -q away");
    }

    @AfterAll
    void end() {
        if (cluster != null) {
            cluster.close();
        }
    }

    private void listen(String host, int port) {
        lab.exec(
                        host,
                        "systemd-run",
                        "--quiet",
                        "--unit=foreign",
                        "socat",
                        "TCP-LISTEN:%d,fork,reuseaddr".formatted(port),
                        "EXEC:/bin/true")
                .ok();
        lab.await(host, "ss -Hltn 'sport = :%d' | grep -q .".formatted(port));
    }

    private String etcdDownload() {
        var versions = new ObjectMapper().readTree(lab.lab("mirror", "versions").ok());
        var all = versions.path("etcd");
        String newest = "v" + all.path(all.size() - 1).stringValue();
        return "/etcd-io/etcd/releases/download/%s/etcd-%s-linux-amd64.tar.gz"
                .formatted(newest, newest);
    }

    private String tokenWithWrongSecret() {
        String[] parts = newToken().split("\\.", -1);
        assertThat(parts).as("version, id, secret, pin").hasSize(4);
        parts[2] = "A".repeat(parts[2].length());
        return String.join(".", parts);
    }

    private String newToken() {
        return new ObjectMapper()
                .readTree(cluster.davit("token", "create", "--auto-approve", "-o", "json").ok())
                .path("token")
                .stringValue();
    }

    /** The example, and x1 as a worker of it. */
    private Path spec() throws IOException {
        return cluster.spec(
                "faults.yaml",
                "    - {name: w2,",
                "    - {name: x1, address: %s, roles: [worker]}%n    - {name: w2,"
                        .formatted(Example.HIGHLY_AVAILABLE.address("x1")));
    }

    /** One line with place and cause, and the next with the remedy. */
    private static void assertNamed(String said, String place, String cause, String remedy) {
        assertThat(said)
                .as(place + ": " + cause)
                .containsPattern(
                        Pattern.compile(
                                "^  %s[^:\\n]*: .*%s.*\\n    → .*%s"
                                        .formatted(place, cause, remedy),
                                Pattern.MULTILINE));
    }

    @Test
    @Order(1)
    void everythingThatCanBeKnownIsNamedAtOnceAndNothingIsTouched() throws Exception {
        var before = cluster.outside.print("s1");
        var apply = cluster.apply(spec());
        assertThat(apply.exitCode()).as(apply.toString()).isEqualTo(3);
        String said = apply.out() + apply.err();
        assertNamed(said, "e1 load-balancer", "port in use: port 6443", "stop that program");
        assertNamed(said, "e3 etcd", "port in use: port 2379.*socat", "stop that program");
        assertNamed(said, "s2 control-plane", "not ours: path /var/lib/rancher", "move it away");
        assertNamed(said, "s3 control-plane", "disk: .*/var/lib/rancher", "make room");
        assertNamed(said, "w2", "(away|no agent connects)", ".");
        assertNamed(said, "x1", "no agent connects", "token");
        lab.await(
                "x1",
                "journalctl -u davit-agent -o cat | grep -q 'cannot enrol at .* with token .*: '");

        for (String host : HOSTS) {
            assertThat(lab.sh(host, "grep -s INTENT " + Kill.JOURNAL).out())
                    .as("steps on " + host)
                    .isEmpty();
        }
        assertThat(Outside.difference(before, cluster.outside.print("s1")))
                .as("what was touched")
                .isEmpty();
        assertThat(lab.sh("s2", "cat /var/lib/rancher/other/file").ok()).isEqualTo("mine\n");
    }

    /** It is known only when it is fetched, which is when nothing else is in the way. */
    @Test
    @Order(2)
    void aCorruptedDownloadShowsOnceTheRestIsMendedAndNeverReachesAHost() throws Exception {
        lab.exec("e1", "systemctl", "stop", "foreign").ok();
        lab.exec("e3", "systemctl", "stop", "foreign").ok();
        lab.sh("s2", "rm -r /var/lib/rancher/other").ok();
        lab.lab("unfill", "s3", "/var/lib/rancher").ok();
        lab.exec("w2", "systemctl", "start", "davit-agent").ok();
        lab.tool("lab/stage", "agents", "x1").ok();
        lab.tool("lab/stage", "registered", "9").ok();

        var apply = cluster.apply(spec());
        assertThat(apply.exitCode()).as(apply.toString()).isEqualTo(3);
        String said = apply.out() + apply.err();
        for (String host : ExampleCluster.ETCD) {
            assertNamed(said, host + " etcd", "etcd.*SHA-256", ".");
            assertThat(lab.sh(host, "ls /usr/local/bin/etcd").exitCode())
                    .as("etcd on " + host)
                    .isNotZero();
        }
        assertThat(said).doesNotContain("port in use", "not ours", "disk: ", "no agent connects");
    }

    @Test
    @Order(3)
    void onceMendedOneApplyFinishes() throws Exception {
        lab.lab("mirror", "fault", etcdDownload(), "none").ok();
        long start = System.nanoTime();
        var apply = cluster.apply(spec());
        assertThat(apply.exitCode()).as(apply.toString()).isZero();
        System.out.printf(
                "highly available, mended: all nodes Ready in %.1f s%n",
                (System.nanoTime() - start) / 1e9);
        assertThat(cluster.kubectl("get", "nodes", "--no-headers").lines())
                .hasSize(6)
                .allMatch(line -> line.contains(" Ready "));

        var again = cluster.apply(spec());
        assertThat(again.exitCode()).as(again.toString()).isZero();
        assertThat(again.out()).contains("Nothing to do");
    }
}
