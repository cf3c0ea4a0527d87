package io.davit.lab;

import static io.davit.lab.ScaledCluster.HOSTS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
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
 * A cluster follows its file: hosts come and go while a client asks every 100 ms on a new
 * connection; in the end the cluster itself goes. Each test follows the one before.
 */
@TestMethodOrder(OrderAnnotation.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ScalingIT {

    private static final List<String> SERVERS = List.of("s1", "s2", "s3");

    /** One Pod on worker-1 that a budget does not let go. */
    private static final String HELD =
            """
            {"apiVersion": "v1", "kind": "List", "items": [
             {"apiVersion": "apps/v1", "kind": "Deployment",
              "metadata": {"name": "held", "namespace": "default"},
              "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "held"}},
               "template": {"metadata": {"labels": {"app": "held"}},
                "spec": {"nodeSelector": {"kubernetes.io/hostname": "worker-1"},
                 "terminationGracePeriodSeconds": 1,
                 "containers": [{"name": "c", "image": "held:1"}]}}}},
             {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
              "metadata": {"name": "held", "namespace": "default"},
              "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "held"}}}}]}
            """;

    private ScaledCluster scaled;
    private ExampleCluster cluster;

    @BeforeAll
    void bringUp() throws Exception {
        scaled = ScaledCluster.registered("it-scale", HOSTS.hosts());
        cluster = scaled.cluster();
        var apply = cluster.apply(scaled.spec("s1", "s2", "worker-1", "worker-10"));
        assertThat(apply.exitCode()).as(apply.toString()).isZero();
    }

    @AfterAll
    void end() {
        if (cluster != null) {
            cluster.close();
        }
    }

    /** Does something while a client asks, who must not notice. */
    private void unnoticed(String what, Supplier<Lab.Said> doing) throws Exception {
        Path stop = cluster.kubeconfig().resolveSibling("stop");
        Files.deleteIfExists(stop);
        Process client =
                cluster.lab.net("api-client.py", cluster.kubeconfig().toString(), stop.toString());
        long start = System.nanoTime();
        var said = doing.get();
        double seconds = (System.nanoTime() - start) / 1e9;
        Files.createFile(stop);
        assertThat(client.waitFor(60, TimeUnit.SECONDS)).isTrue();
        String told = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(said.exitCode()).as(said.toString()).isZero();
        JsonNode noticed = new ObjectMapper().readTree(told.substring(told.indexOf('{')));
        System.out.printf(
                "%s in %.1f s: %d requests on new connections, %d failed, slowest %d ms; watch"
                        + " opened %d times, %d events lost%n",
                what,
                seconds,
                noticed.path("requests").asInt(),
                noticed.path("failures").size(),
                noticed.path("slowest_ms").asInt(),
                noticed.path("watch_opened").asInt(),
                noticed.path("lost").size());
        assertThat(noticed.path("failures")).as(told).isEmpty();
        assertThat(noticed.path("lost")).as(told).isEmpty();
    }

    @Test
    @Order(1)
    void aServerAndAWorkerCome() throws Exception {
        var spec = scaled.spec("s1", "s2", "s3", "worker-1", "worker-10", "worker-2");
        unnoticed("control plane 2 → 3, workers 2 → 3", () -> cluster.apply(spec));
        assertThat(scaled.nodes()).hasSize(6);
        assertThat(cluster.outside.backends("e1")).containsOnlyKeys("s1", "s2", "s3");
        scaled.nothingToDo(spec);
    }

    @Test
    @Order(2)
    void nobodyIsRemovedUnasked() throws Exception {
        var refused = cluster.apply(scaled.spec("s1", "s2", "s3", "worker-10", "worker-2"));
        assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(3);
        assertThat(refused.out() + refused.err())
                .contains("Hosts that will be removed")
                .contains("worker-1 ")
                .contains("node uid ")
                .contains("--yes")
                .doesNotContain("worker-10");
        assertThat(scaled.nodes()).hasSize(6);
    }

    @Test
    @Order(3)
    void aRemovalThatABudgetHoldsSurvivesTheDeathOfTheController() throws Exception {
        Path held = cluster.kubeconfig().resolveSibling("held.json");
        Files.writeString(held, HELD);
        cluster.kubectl("create", "--validate=false", "-f", held.toString()).ok();
        await().atMost(Duration.ofSeconds(60))
                .until(() ->
                        cluster.kubectl("get", "pods", "-o", "wide").out().contains("Running"));
        var spec = scaled.spec("s1", "s2", "s3", "worker-10", "worker-2");
        var apply = new FutureTask<>(() -> cluster.apply(spec, "--yes"));
        Thread.ofVirtual().start(apply);
        String drains = "grep -qs 'INTENT.*worker-1/node/drain' " + Kill.JOURNAL;
        await().atMost(Duration.ofSeconds(60))
                .until(() ->
                        SERVERS.stream()
                                .anyMatch(
                                        server -> cluster.lab.sh(server, drains).exitCode() == 0));
        String node = cluster.kubectl("get", "node", "worker-1", "-o", "json").ok();
        assertThat(node)
                .contains("\"davit.io/cordoned-by\": \"ha\"")
                .contains("\"unschedulable\": true");
        cluster.lab.sh("ctl", Kill.controller()).ok();
        cluster.lab.tool("lab/stage", "registered", "7").ok();
        assertThat(scaled.nodes()).as("it is held").contains("worker-1");
        cluster.kubectl("delete", "pdb", "held").ok();
        var applied = apply.get(120, TimeUnit.SECONDS); // it watches on by itself
        assertThat(applied.exitCode()).as(applied.toString()).isZero();
        assertThat(scaled.nodes())
                .doesNotContain("worker-1")
                .contains("worker-10", "worker-2")
                .hasSize(5);
        assertThat(
                        cluster.kubectl(
                                        "get",
                                        "secret",
                                        "-n",
                                        "kube-system",
                                        "worker-1.node-password.k3s")
                                .exitCode())
                .isNotZero();
        scaled.assertFree("worker-1");
        scaled.nothingToDo(spec);
    }

    @Test
    @Order(4)
    void serversAndWorkersGoAndNobodyNotices() throws Exception {
        var spec = scaled.spec("s1", "s3", "worker-10");
        unnoticed("control plane 3 → 2, workers 2 → 1", () -> cluster.apply(spec, "--yes"));
        assertThat(scaled.nodes()).containsExactlyInAnyOrder("s1", "s3", "worker-10");
        assertThat(cluster.outside.backends("e1")).containsOnlyKeys("s1", "s3");
        scaled.assertFree("s2");
        scaled.assertFree("worker-2");
        scaled.nothingToDo(spec);
    }

    @Test
    @Order(5)
    void aRemovedHostComesBack() throws Exception {
        var spec = scaled.spec("s1", "s2", "s3", "worker-10");
        unnoticed("control plane 2 → 3", () -> cluster.apply(spec));
        assertThat(scaled.nodes()).contains("s2");
        scaled.nothingToDo(spec);
    }

    private JsonNode node(String name) throws IOException {
        return new ObjectMapper().readTree(cluster.kubectl("get", "node", name, "-o", "json").ok());
    }

    @Test
    @Order(6)
    void labelsAndTaintsFollowAndNothingRestarts() throws Exception {
        cluster.kubectl("label", "node", "worker-10", "team=a").ok();
        String life = cluster.outside.life("worker-10", "k3s-agent");
        var plain = scaled.spec("s1", "s2", "s3", "worker-10");
        String text = Files.readString(plain);
        String marked =
                text.replace(
                        "roles: [worker]}",
                        "roles: [worker], labels: {disk: ssd}, taints: [\"gpu=yes:NoSchedule\"]}");
        Files.writeString(plain, marked);
        var apply = cluster.apply(plain);
        assertThat(apply.exitCode()).as(apply.toString()).isZero();
        JsonNode node = node("worker-10");
        assertThat(node.path("metadata").path("labels").path("disk").asString()).isEqualTo("ssd");
        assertThat(node.path("metadata").path("labels").path("team").asString()).isEqualTo("a");
        assertThat(node.path("spec").path("taints").toString()).contains("\"gpu\"");
        scaled.nothingToDo(plain);

        cluster.kubectl("label", "--overwrite", "node", "worker-10", "disk=hdd").ok();
        assertThat(cluster.davit("plan", "-f", plain.toString()).out())
                .contains("do node-mark")
                .contains("labels: disk=ssd; taints: gpu=yes:NoSchedule");
        assertThat(cluster.apply(plain).exitCode()).isZero();
        assertThat(node("worker-10").path("metadata").path("labels").path("disk").asString())
                .isEqualTo("ssd");

        Files.writeString(plain, text);
        assertThat(cluster.apply(plain).exitCode()).isZero();
        node = node("worker-10");
        assertThat(node.path("metadata").path("labels").has("disk")).isFalse();
        assertThat(node.path("metadata").path("labels").path("team").asString()).isEqualTo("a");
        assertThat(node.path("spec").path("taints").toString()).doesNotContain("gpu");
        assertThat(cluster.outside.life("worker-10", "k3s-agent")).isEqualTo(life);
        scaled.nothingToDo(plain);
    }

    @Test
    @Order(7)
    void theClusterIsTakenDown() {
        assertThat(cluster.davit("clusters", "remove", "ha", "--destroy-data").exitCode())
                .isEqualTo(3);
        var removed =
                cluster.davit("clusters", "remove", "ha", "--destroy-data", "--yes-remove", "ha");
        assertThat(removed.exitCode()).as(removed.toString()).isZero();
        assertThat(cluster.davit("clusters").ok()).contains("no clusters yet");
        HOSTS.hosts().forEach(scaled::assertFree);
        assertThat(cluster.lab.sh("e1", "ls -A /var/lib/etcd /etc/etcd").ok().lines())
                .allMatch(line -> line.isBlank() || line.endsWith(":"));
    }
}
