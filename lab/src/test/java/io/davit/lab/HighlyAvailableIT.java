package io.davit.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * The whole cluster: three etcd members, two load balancers with a virtual IP, three servers, two
 * workers and a machine to spare. Each test follows the one before.
 */
@TestMethodOrder(OrderAnnotation.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HighlyAvailableIT {

    private static final String VIRTUAL_IP = "198.18.0.100";
    private static final List<String> BALANCERS = List.of("e1", "e2");
    private static final List<String> SERVERS = List.of("s1", "s2", "s3");

    private ExampleCluster cluster;

    @BeforeAll
    void register() throws Exception {
        cluster = ExampleCluster.registered("it-ha", Example.HIGHLY_AVAILABLE);
    }

    @AfterAll
    void end() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    @Order(1)
    void applyBringsTheClusterUp() throws Exception {
        long start = System.nanoTime();
        var apply = cluster.apply(cluster.spec());
        assertThat(apply.exitCode()).as(apply.toString()).isZero();
        System.out.printf(
                "highly available: from registered agents to all nodes Ready in %.1f s%n",
                (System.nanoTime() - start) / 1e9);
    }

    @Test
    @Order(2)
    void everyNodeIsReadyAsSeenThroughTheVirtualIp() throws Exception {
        assertThat(
                        cluster.kubectl(
                                        "config",
                                        "view",
                                        "-o",
                                        "jsonpath={.clusters[0].cluster.server}")
                                .ok())
                .isEqualTo("https://" + VIRTUAL_IP + ":6443");
        var nodes = cluster.kubectl("get", "nodes", "--no-headers").lines();
        assertThat(nodes).hasSize(5).allMatch(line -> line.contains(" Ready "));
        assertThat(cluster.etcdctl("e1", "198.18.0.11", "member", "list").lines()).hasSize(3);
    }

    @Test
    @Order(3)
    void everyLoadBalancerFindsEveryServerUp() {
        for (String balancer : BALANCERS) {
            assertThat(cluster.outside.backends(balancer))
                    .as(balancer)
                    .containsOnlyKeys("s1", "s2", "s3")
                    .allSatisfy((_, state) -> assertThat(state).isEqualTo("UP L7OK 200"));
        }
    }

    @Test
    @Order(4)
    void oneLoadBalancerHoldsTheVirtualIp() {
        assertThat(holders()).hasSize(1);
    }

    private List<String> holders() {
        return cluster.outside.holders(VIRTUAL_IP, BALANCERS);
    }

    @Test
    @Order(5)
    void everyServersCertificateNamesTheVirtualIp() {
        for (int i = 0; i < SERVERS.size(); i++) {
            String address = "198.18.0." + (14 + i);
            assertThat(
                            cluster.lab
                                    .sh(
                                            "e1",
                                            "openssl s_client -connect %s:6443 </dev/null 2>/dev/null | openssl x509 -noout -ext subjectAltName"
                                                    .formatted(address))
                                    .ok())
                    .contains("IP Address:" + VIRTUAL_IP)
                    .contains("IP Address:" + address);
        }
    }

    @Test
    @Order(6)
    void packagesWereInstalledOnceAndNeverStartedWithTheirOwnConfiguration() {
        for (String balancer : BALANCERS) {
            for (String name : List.of("haproxy", "keepalived")) {
                assertThat(
                                cluster.lab
                                        .sh(
                                                balancer,
                                                "grep -c ' install "
                                                        + name
                                                        + ":' /var/log/dpkg.log")
                                        .ok()
                                        .strip())
                        .as("installs of %s on %s", name, balancer)
                        .isEqualTo("1");
                assertThat(cluster.outside.invocations(balancer, name))
                        .as("starts of %s on %s", name, balancer)
                        .hasSize(1);
            }
        }
        assertThat(cluster.lab.sh("e3", "dpkg -l haproxy keepalived").exitCode()).isNotZero();
    }

    @Test
    @Order(7)
    void applyingAgainMovesNothing() throws Exception {
        var lives = lives();
        var apply = cluster.apply(cluster.spec());
        assertThat(apply.exitCode()).as(apply.toString()).isZero();
        assertThat(apply.out()).contains("Nothing to do");
        assertThat(lives()).isEqualTo(lives);
    }

    private Map<String, String> lives() {
        var lives = new TreeMap<String, String>();
        BALANCERS.forEach(host -> {
            lives.put(host + " haproxy", cluster.outside.life(host, "haproxy"));
            lives.put(host + " keepalived", cluster.outside.life(host, "keepalived"));
        });
        ExampleCluster.ETCD.forEach(
                host -> lives.put(host + " etcd", cluster.outside.life(host, "etcd")));
        SERVERS.forEach(host -> lives.put(host, cluster.outside.life(host, "k3s")));
        ExampleCluster.WORKERS.forEach(
                host -> lives.put(host, cluster.outside.life(host, "k3s-agent")));
        return lives;
    }

    @Test
    @Order(8)
    void allServersRestartAndNobodyNotices() throws Exception {
        var before = lives();
        Path stop = cluster.kubeconfig().resolveSibling("stop");
        Process client =
                cluster.lab.net("api-client.py", cluster.kubeconfig().toString(), stop.toString());
        var spec =
                cluster.spec(
                        "restart.yaml",
                        "    version: v",
                        "    server: {kube-apiserver-arg: [event-ttl=2h]}\n    version: v");
        var apply = cluster.apply(spec);
        Files.createFile(stop);
        assertThat(client.waitFor(60, TimeUnit.SECONDS)).isTrue();
        String said = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(apply.exitCode()).as(apply.toString()).isZero();

        JsonNode noticed = new ObjectMapper().readTree(said.substring(said.indexOf('{')));
        System.out.printf(
                "rolling restart: %d requests on new connections, %d failed, slowest %d ms; %d"
                        + " writes, watch opened %d times, %d events lost%n",
                noticed.path("requests").asInt(),
                noticed.path("failures").size(),
                noticed.path("slowest_ms").asInt(),
                noticed.path("written").asInt(),
                noticed.path("watch_opened").asInt(),
                noticed.path("lost").size());
        assertThat(noticed.path("failures")).as(said).isEmpty();
        assertThat(noticed.path("lost")).as(said).isEmpty();
        assertThat(noticed.path("watch_opened").asInt())
                .as(said)
                .isLessThanOrEqualTo(1 + SERVERS.size());
        assertThat(noticed.path("requests").asInt()).isGreaterThan(50);

        var after = lives();
        after.forEach((unit, life) -> {
            if (SERVERS.contains(unit)) {
                assertThat(life).as(unit).isNotEqualTo(before.get(unit));
            } else {
                assertThat(life).as(unit).isEqualTo(before.get(unit));
            }
        });
        assertThat(downAtOnce()).isEmpty();
    }

    /**
     * Pairs of servers of which one stopped while the other was not up yet, by journald's times.
     */
    private List<String> downAtOnce() {
        record Away(String server, long from, long to) {}
        var away = new ArrayList<Away>();
        for (String server : SERVERS) {
            long stopped = 0;
            for (String line :
                    cluster.lab
                            .sh(
                                    server,
                                    "journalctl -u k3s -o json --no-pager | jq -r"
                                            + " 'select(.JOB_TYPE != null or .JOB_RESULT != null) |"
                                            + " .__REALTIME_TIMESTAMP + \" \" + .MESSAGE'")
                            .lines()) {
                long at = Long.parseLong(line.substring(0, line.indexOf(' ')));
                if (line.contains(" Stopping ")) {
                    stopped = at;
                } else if (line.contains(" Started ") && stopped > 0) {
                    away.add(new Away(server, stopped, at));
                    stopped = 0;
                }
            }
        }
        assertThat(away).as("restarts, by the journals").hasSize(SERVERS.size());
        var both = new ArrayList<String>();
        for (Away one : away) {
            for (Away other : away) {
                if (one.from() < other.from() && other.from() < one.to()) {
                    both.add(one + " and " + other);
                }
            }
        }
        return both;
    }

    @Test
    @Order(9)
    void theVirtualIpMovesWhenItsHolderDies() throws Exception {
        String holder = holders().getFirst();
        cluster.lab.lab("kill", holder).ok();
        long start = System.nanoTime();
        await().atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(50))
                .until(() ->
                        cluster.lab
                                .lab(
                                        "net",
                                        "curl",
                                        "-sk",
                                        "-m",
                                        "1",
                                        "https://" + VIRTUAL_IP + ":6443/ping")
                                .out()
                                .equals("pong"));
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf("virtual IP: answers again %.1f s after its holder died%n", seconds);
        assertThat(seconds).isLessThan(5);
        cluster.lab.lab("start", holder).ok();
        cluster.lab.await(
                holder,
                "[ \"$(systemctl is-active etcd)$(systemctl is-active haproxy)\" = activeactive ]");
        assertThat(holders()).as("it does not move back").doesNotContain(holder).hasSize(1);
    }

    @Test
    @Order(10)
    void withoutOneMemberAndOneServerItStillAnswers() throws Exception {
        cluster.lab.exec("e3", "systemctl", "stop", "etcd").ok();
        cluster.lab.exec("s2", "systemctl", "stop", "k3s").ok();
        assertThat(cluster.kubectl("get", "nodes", "--no-headers").lines()).hasSize(5);
        assertThat(cluster.kubectl("label", "node", "w1", "proof=yes", "--overwrite").exitCode())
                .isZero();
        cluster.lab.exec("e3", "systemctl", "start", "etcd").ok();
        cluster.lab.exec("s2", "systemctl", "start", "k3s").ok();
        awaitBackend("s2", "UP");
    }

    private void awaitBackend(String server, String status) {
        for (String balancer : BALANCERS) {
            await().atMost(Duration.ofSeconds(60))
                    .until(() ->
                            cluster.outside
                                    .backends(balancer)
                                    .getOrDefault(server, "")
                                    .startsWith(status));
        }
    }

    @Test
    @Order(11)
    void aServerThatLosesItsEtcdIsTakenOut() {
        String rule = " OUTPUT -p tcp --dport 2379 -j REJECT --reject-with tcp-reset";
        cluster.lab.sh("s3", "iptables -I" + rule).ok();
        try {
            awaitBackend("s3", "DOWN");
            for (String balancer : BALANCERS) {
                assertThat(cluster.outside.backends(balancer).get("s3"))
                        .as(balancer)
                        .contains("L7STS 500");
            }
        } finally {
            cluster.lab.sh("s3", "iptables -D" + rule).ok();
        }
        awaitBackend("s3", "UP");
    }

    @Test
    @Order(12)
    void afterAllThatThereIsNothingToDo() throws Exception {
        var again =
                cluster.apply(
                        cluster.spec(
                                "restart.yaml",
                                "    version: v",
                                "    server: {kube-apiserver-arg: [event-ttl=2h]}\n    version:"
                                        + " v"));
        assertThat(again.exitCode()).as(again.toString()).isZero();
        assertThat(again.out()).contains("Nothing to do");
        assertThat(cluster.davit("hosts").ok().lines().filter(line -> line.contains("unassigned")))
                .as("the machine to spare")
                .hasSize(1);
    }
}
