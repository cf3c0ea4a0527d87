package io.davit.lab;

import static io.davit.lab.ScaledCluster.HOSTS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * A worker dies and is given up: the agent token changes everywhere, every server survives every
 * later start, and the worker is kept out and wiped when it comes back. Each test follows the one
 * before.
 */
@Tag("long")
@TestMethodOrder(OrderAnnotation.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RotationIT {

    private static final String RUN = "it-rotate";
    private static final String WORKERS_TOKEN = "/etc/rancher/k3s/token";

    private ScaledCluster scaled;
    private ExampleCluster cluster;
    private String oldToken = "";
    private String newToken = "";

    @BeforeAll
    void bringUp() throws Exception {
        scaled = ScaledCluster.registered(RUN, HOSTS.hosts());
        cluster = scaled.cluster();
        var apply = cluster.apply(scaled.spec("s1", "s2", "worker-1", "worker-10"));
        assertThat(apply.exitCode()).as(apply.toString()).isZero();
        oldToken = cluster.lab.exec("worker-10", "cat", WORKERS_TOKEN).ok().strip();
    }

    @AfterAll
    void end() {
        if (cluster != null) {
            cluster.close();
        }
    }

    /** What a server's supervisor says to a machine that shows this token: 200 or 401. */
    private String codeOf(String server, String token) {
        String password = token.substring(token.lastIndexOf(':') + 1);
        String basic =
                Base64.getEncoder()
                        .encodeToString(("node:" + password).getBytes(StandardCharsets.UTF_8));
        return cluster.lab
                .lab(
                        "net",
                        "curl",
                        "-sk",
                        "-o",
                        "/dev/null",
                        "-w",
                        "%{http_code}",
                        "-H",
                        "Authorization: Basic " + basic,
                        "https://" + HOSTS.address(server) + ":6443/v1-k3s/config")
                .ok()
                .strip();
    }

    private void onlyTheNewTokenOpens(List<String> servers) {
        for (String server : servers) {
            assertThat(codeOf(server, newToken)).as(server).isEqualTo("200");
            assertThat(codeOf(server, oldToken)).as(server).isEqualTo("401");
        }
    }

    private boolean ready(String node) throws IOException {
        return cluster.kubectl("get", "node", node, "--no-headers")
                .out()
                .matches("(?s)\\S+\\s+Ready\\s.*");
    }

    @Test
    @Order(1)
    void aDeadWorkerIsGivenUpAndTheTokenChanges() throws Exception {
        cluster.lab.lab("kill", "worker-10").ok();
        await().atMost(Duration.ofSeconds(60))
                .until(() -> cluster.davit("hosts").ok().contains("away"));
        var spec = scaled.spec("s1", "s2", "worker-1");
        assertThat(cluster.plan(spec, "--unreachable", "worker-10").out())
                .contains("make agent token, version 2")
                .contains("agent token rotated because worker-10 was given up")
                .contains("given up unreached; wiped if it comes back");
        Path stop = cluster.kubeconfig().resolveSibling("stop");
        Process client =
                cluster.lab.net("api-client.py", cluster.kubeconfig().toString(), stop.toString());
        Path seen = cluster.kubeconfig().resolveSibling("worker-1.ready");
        Process watch = watch("worker-1", seen);
        long start = System.nanoTime();
        var apply = cluster.apply(spec, "--yes", "--unreachable", "worker-10");
        double seconds = (System.nanoTime() - start) / 1e9;
        Files.createFile(stop);
        watch.destroy();
        watch.waitFor();
        assertThat(apply.exitCode()).as(apply.toString()).isZero();
        assertThat(client.waitFor(60, TimeUnit.SECONDS)).isTrue();
        String told = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        JsonNode noticed = new ObjectMapper().readTree(told.substring(told.indexOf('{')));
        String nodes = Files.readString(seen);
        System.out.printf(
                "rotated in %.1f s: %d requests on new connections, %d failed, slowest %d ms;"
                        + " worker-1 was seen %d times%n",
                seconds,
                noticed.path("requests").asInt(),
                noticed.path("failures").size(),
                noticed.path("slowest_ms").asInt(),
                nodes.lines().count());
        assertThat(noticed.path("failures")).as(told).isEmpty();
        assertThat(nodes.lines()).isNotEmpty().allMatch(line -> line.contains("True"));

        newToken = cluster.lab.exec("worker-1", "cat", WORKERS_TOKEN).ok().strip();
        assertThat(newToken).startsWith("K10").isNotEqualTo(oldToken);
        onlyTheNewTokenOpens(List.of("s1", "s2"));
        assertThat(scaled.nodes()).containsExactlyInAnyOrder("s1", "s2", "worker-1");
        assertThat(cluster.davit("hosts").ok()).contains("retired").doesNotContain("wiped");
        scaled.nothingToDo(spec);
    }

    /** Writes down the node's Ready condition twice a second, as the API tells it. */
    private Process watch(String node, Path to) throws IOException {
        var builder =
                new ProcessBuilder(
                                "sh",
                                "-c",
                                "while :; do \"$@\" && echo; sleep 0.5; done",
                                "sh",
                                cluster.lab.home().resolve("lab/kubectl").toString(),
                                "--kubeconfig",
                                cluster.kubeconfig().toString(),
                                "--request-timeout=20s",
                                "get",
                                "node",
                                node,
                                "-o",
                                "jsonpath={.status.conditions[?(@.type==\"Ready\")].status}")
                        .directory(cluster.lab.home().toFile())
                        .redirectOutput(to.toFile())
                        .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("DAVIT_LAB_RUN", RUN);
        return builder.start();
    }

    private void startAgain(String server) {
        cluster.lab.exec(server, "systemctl", "restart", "k3s").ok();
        await().atMost(Duration.ofSeconds(90)).until(() -> codeOf(server, newToken).equals("200"));
        assertThat(cluster.lab.exec(server, "systemctl", "is-active", "k3s").ok().strip())
                .isEqualTo("active");
    }

    @Test
    @Order(2)
    void everyServerSurvivesEveryLaterStart() throws Exception {
        for (int time = 0; time < 2; time++) {
            for (String server : List.of("s1", "s2")) {
                startAgain(server);
            }
        }
        onlyTheNewTokenOpens(List.of("s1", "s2"));
        cluster.lab.lab("kill", "s2").ok();
        cluster.lab.lab("start", "s2").ok();
        await().atMost(Duration.ofSeconds(120)).until(() -> codeOf("s2", newToken).equals("200"));
        cluster.lab.exec("worker-1", "systemctl", "restart", "k3s-agent").ok();
        await().atMost(Duration.ofSeconds(90)).until(() -> ready("worker-1") && ready("s2"));
        cluster.lab.tool("lab/stage", "registered", "6").ok();
        scaled.nothingToDo(scaled.spec("s1", "s2", "worker-1"));
    }

    @Test
    @Order(3)
    void aServerAndAWorkerThatComeLaterHaveTheNewToken() throws Exception {
        var spec = scaled.spec("s1", "s2", "s3", "worker-1", "worker-2");
        var apply = cluster.apply(spec);
        assertThat(apply.exitCode()).as(apply.toString()).isZero();
        startAgain("s3");
        startAgain("s3");
        onlyTheNewTokenOpens(List.of("s1", "s2", "s3"));
        assertThat(cluster.lab.exec("worker-2", "cat", WORKERS_TOKEN).ok().strip())
                .isEqualTo(newToken);
        assertThat(ready("worker-2")).isTrue();
        scaled.nothingToDo(spec);
    }

    @Test
    @Order(4)
    void theDeadWorkerIsKeptOutAndWipedWhenItBootsAgain() throws Exception {
        cluster.lab.lab("start", "worker-10").ok();
        await().atMost(Duration.ofSeconds(120))
                .until(() -> cluster.davit("hosts").ok().contains("retired (wiped)"));
        assertThat(
                        cluster.lab
                                .sh(
                                        "worker-10",
                                        "ls -A /etc/rancher /var/lib/rancher /usr/local/bin/k3s"
                                            + " /etc/systemd/system/k3s-agent.service 2>/dev/null |"
                                            + " grep -v ':$' | grep .; true")
                                .ok())
                .isBlank();
        assertThat(cluster.lab.sh("worker-10", "systemctl is-active k3s-agent").out().strip())
                .isNotEqualTo("active");
        assertThat(scaled.nodes()).doesNotContain("worker-10");
        assertThat(cluster.davit("events").ok())
                .contains("wiped")
                .contains("what it ran as worker-10 of cluster ha has ended");
        String refused =
                cluster.lab
                        .sh("worker-10", "journalctl -u k3s-agent -o cat --no-pager | tail -n 20")
                        .out();
        System.out.printf("the worker's last words:%n%s%n", refused);

        // the address and the host are not taken again, whatever the spec says
        var again = cluster.apply(scaled.spec("s1", "s2", "s3", "worker-1", "worker-10"));
        assertThat(again.exitCode()).as(again.toString()).isNotZero();
    }
}
