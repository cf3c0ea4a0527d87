package io.davit.lab;

import static io.davit.lab.ScaledCluster.HOSTS;
import static io.davit.lab.ScaledCluster.VIRTUAL_IP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
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
 * A cluster follows its file: hosts come and go while a client asks every 100 ms on a new
 * connection; in the end the cluster itself goes. Each test follows the one before.
 */
@TestMethodOrder(OrderAnnotation.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ScalingIT {

    private static final List<String> BALANCERS = List.of("e1", "b1", "b2");

    private static final String IDENTITY = "/var/lib/davit/agent/identity";

    /** The units of the other cluster's only host. */
    private static final String[] OTHER = {"davit-agent", "etcd", "haproxy", "k3s"};

    /**
     * On worker-1: a Pod that a budget does not let go, one that keeps something in an emptyDir,
     * one that nobody would start anew, and one of a DaemonSet.
     */
    private static final String PODS =
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
              "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "held"}}}},
             {"apiVersion": "apps/v1", "kind": "Deployment",
              "metadata": {"name": "cache", "namespace": "default"},
              "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "cache"}},
               "template": {"metadata": {"labels": {"app": "cache"}},
                "spec": {"nodeSelector": {"kubernetes.io/hostname": "worker-1"},
                 "terminationGracePeriodSeconds": 1,
                 "volumes": [{"name": "v", "emptyDir": {}}],
                 "containers": [{"name": "c", "image": "cache:1",
                  "volumeMounts": [{"name": "v", "mountPath": "/v"}]}]}}}},
             {"apiVersion": "apps/v1", "kind": "DaemonSet",
              "metadata": {"name": "log", "namespace": "default"},
              "spec": {"selector": {"matchLabels": {"app": "log"}},
               "template": {"metadata": {"labels": {"app": "log"}},
                "spec": {"terminationGracePeriodSeconds": 1,
                 "nodeSelector": {"kubernetes.io/hostname": "worker-1"},
                 "containers": [{"name": "c", "image": "log:1"}]}}}},
             {"apiVersion": "v1", "kind": "Pod",
              "metadata": {"name": "alone", "namespace": "default", "labels": {"app": "alone"}},
              "spec": {"nodeSelector": {"kubernetes.io/hostname": "worker-1"},
               "terminationGracePeriodSeconds": 1,
               "containers": [{"name": "c", "image": "alone:1"}]}}]}
            """;

    private ScaledCluster scaled;
    private ExampleCluster cluster;
    private List<String> otherBefore = List.of();

    @BeforeAll
    void bringUp() throws Exception {
        scaled = ScaledCluster.withVirtualIp("it-scale", HOSTS.hosts());
        cluster = scaled.cluster();
        var other = new FutureTask<>(() -> cluster.apply(otherSpec()));
        Thread.ofVirtual().start(other);
        var apply = cluster.apply(scaled.spec("b1", "s1", "s2", "worker-1", "worker-10"));
        assertThat(apply.exitCode()).as(apply.toString()).isZero();
        assertThat(other.get().exitCode()).as(other.get().toString()).isZero();
        otherBefore = other();
    }

    /** A second cluster of the same controller, on one host. */
    private Path otherSpec() throws IOException {
        String yaml = cluster.lab.tool("lab/stage", "spec", "lab/one-host-without-cni.yaml").ok();
        return Files.writeString(
                cluster.spec().resolveSibling("one.yaml"),
                yaml.replace("198.18.0.11,", HOSTS.address("h1") + ","));
    }

    /** What can be seen of it, most of it without asking Davit. */
    private List<String> other() {
        var facts = new ArrayList<>(cluster.outside.standing("h1", OTHER));
        cluster.davit("clusters")
                .ok()
                .lines()
                .filter(line -> line.startsWith("one "))
                .forEach(facts::add);
        return facts;
    }

    @AfterAll
    void end() {
        if (cluster != null) {
            cluster.close();
        }
    }

    /** What a client noticed who asked every 100 ms on a new connection, and watched. */
    private JsonNode noticed(String what, Callable<Lab.Said> doing) throws Exception {
        Path stop = cluster.kubeconfig().resolveSibling("stop");
        Files.deleteIfExists(stop);
        Process client =
                cluster.lab.net("api-client.py", cluster.kubeconfig().toString(), stop.toString());
        long start = System.nanoTime();
        Lab.Said said;
        try {
            said = doing.call();
        } finally {
            Files.createFile(stop);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        assertThat(client.waitFor(60, TimeUnit.SECONDS)).isTrue();
        String told = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(said.exitCode()).as(said.toString()).isZero();
        JsonNode noticed = new ObjectMapper().readTree(told.substring(told.indexOf('{')));
        System.out.printf(
                "%s in %.1f s: %d requests on new connections, %d failed, slowest %d ms; watch"
                        + " opened %d times, %d events lost of %d%n",
                what,
                seconds,
                noticed.path("requests").asInt(),
                noticed.path("failures").size(),
                noticed.path("slowest_ms").asInt(),
                noticed.path("watch_opened").asInt(),
                noticed.path("lost").size(),
                noticed.path("written").asInt());
        assertThat(noticed.path("lost")).as(told).isEmpty();
        return noticed;
    }

    /** Does something that the client must not notice. */
    private void unnoticed(String what, Callable<Lab.Said> doing) throws Exception {
        var noticed = noticed(what, doing);
        assertThat(noticed.path("failures")).as(noticed.toString()).isEmpty();
    }

    @Test
    @Order(1)
    void aServerAndTwoWorkersCome() throws Exception {
        var spec = allStay();
        unnoticed("control plane 2 → 3, workers 2 → 4", () -> cluster.apply(spec));
        assertThat(scaled.nodes()).hasSize(7);
        assertThat(cluster.outside.backends("e1")).containsOnlyKeys("s1", "s2", "s3");
        assertThat(cluster.outside.backends("b1")).containsOnlyKeys("s1", "s2", "s3");
        for (String balancer : List.of("e1", "b1")) {
            assertThat(cluster.lab.sh(balancer, "journalctl -u haproxy --no-pager").ok())
                    .as("nobody was brought to s3 before it served")
                    .contains("Server k3s/s3 is DOWN, changed from server-state after a reload");
            assertThat(cluster.lab.sh(balancer, "cat /run/davit-haproxy-servers").ok())
                    .isEqualTo("1\n");
        }
        scaled.nothingToDo(spec);
    }

    private Path allStay() throws IOException {
        return scaled.spec("b1", "s1", "s2", "s3", "worker-1", "worker-10", "worker-2", "worker-3");
    }

    private Path withoutWorker1() throws IOException {
        return scaled.spec("b1", "s1", "s2", "s3", "worker-10", "worker-2", "worker-3");
    }

    @Test
    @Order(2)
    void nobodyIsRemovedUnasked() throws Exception {
        var refused = cluster.apply(withoutWorker1());
        assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(3);
        assertThat(refused.out() + refused.err())
                .contains("Hosts that will be removed")
                .contains("worker-1 ")
                .contains("node uid ")
                .contains("--yes")
                .doesNotContain("worker-10");
        assertThat(scaled.nodes()).hasSize(7);
    }

    /** App → names of its Pods that run on worker-1. */
    private Map<String, List<String>> pods() throws IOException {
        var pods = new TreeMap<String, List<String>>();
        var all =
                new ObjectMapper()
                        .readTree(
                                cluster.kubectl(
                                                "get",
                                                "pods",
                                                "--field-selector=spec.nodeName=worker-1",
                                                "-o",
                                                "json")
                                        .ok());
        for (JsonNode pod : all.path("items")) {
            if (pod.path("status").path("phase").asString("").equals("Running")
                    && !pod.path("metadata").has("deletionTimestamp")) {
                pods.computeIfAbsent(
                                pod.path("metadata").path("labels").path("app").asString(),
                                _ -> new ArrayList<>())
                        .add(pod.path("metadata").path("name").asString());
            }
        }
        return pods;
    }

    private String cordonedBy() throws IOException {
        JsonNode node = node("worker-1");
        return node.path("spec").path("unschedulable").asBoolean(false)
                ? node.path("metadata")
                        .path("annotations")
                        .path("davit.io/cordoned-by")
                        .asString("somebody")
                : "nobody";
    }

    @Test
    @Order(3)
    void aPodThatNobodyWouldStartAnewStopsADrainAndTheCordonIsTakenBack() throws Exception {
        Path file = cluster.kubeconfig().resolveSibling("pods.json");
        Files.writeString(file, PODS);
        cluster.kubectl("create", "--validate=false", "-f", file.toString()).ok();
        await().atMost(Duration.ofSeconds(60)).until(() -> pods().size() == 4);
        var before = pods();

        var refused = cluster.apply(withoutWorker1(), "--yes");
        assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(3);
        assertThat(refused.toString())
                .contains("nobody would start default/alone anew")
                .contains("--force-drain");
        assertThat(pods()).as("not one was evicted").isEqualTo(before);
        assertThat(cordonedBy()).isEqualTo("ha");

        var back = cluster.apply(allStay());
        assertThat(back.exitCode()).as(back.toString()).isZero();
        assertThat(cordonedBy()).isEqualTo("nobody");
        assertThat(pods()).isEqualTo(before);
    }

    @Test
    @Order(4)
    @Tag("long")
    void aCordonOfSomebodyElseStaysTheirs() throws Exception {
        cluster.kubectl("cordon", "worker-1").ok();
        assertThat(cluster.apply(withoutWorker1(), "--yes").exitCode()).isEqualTo(3);
        assertThat(cordonedBy()).isEqualTo("somebody");
        var back = cluster.apply(allStay());
        assertThat(back.exitCode()).as(back.toString()).isZero();
        assertThat(cordonedBy()).isEqualTo("somebody");
        cluster.kubectl("uncordon", "worker-1").ok();
    }

    @Test
    @Order(5)
    void aDrainThatABudgetHoldsEndsWhenItIsCancelled() throws Exception {
        cluster.kubectl("delete", "pod", "alone").ok();
        var before = pods();
        var apply = new FutureTask<>(() -> cluster.apply(withoutWorker1(), "--yes"));
        Thread.ofVirtual().start(apply);
        await().atMost(Duration.ofSeconds(60)).until(() -> !pods().containsKey("cache"));
        assertThat(pods())
                .as("what an emptyDir keeps is given up; a DaemonSet's Pod would come back at once")
                .isEqualTo(Map.of("held", before.get("held"), "log", before.get("log")));
        awaitHeld();

        long start = System.nanoTime();
        cluster.davit("operations", "cancel", running()).ok();
        var cancelled =
                apply.get(60, TimeUnit.SECONDS); // a drain that nobody ends waits for minutes
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf("a held drain was cancelled in %.1f s%n", seconds);
        assertThat(cancelled.exitCode()).as(cancelled.toString()).isEqualTo(3);
        assertThat(cancelled.toString().toLowerCase(java.util.Locale.ROOT)).contains("cancelled");
        assertThat(cordonedBy()).isEqualTo("ha");
        assertThat(scaled.nodes()).contains("worker-1");
    }

    /** The budget holds the last Pod of worker-1, and Davit says so. */
    private void awaitHeld() {
        await().atMost(Duration.ofSeconds(60))
                .until(() ->
                        cluster.davit("why", "ha")
                                .out()
                                .contains("held by PodDisruptionBudget held"));
    }

    private String running() {
        return new ObjectMapper()
                .readTree(cluster.davit("clusters", "-o", "json").ok())
                .path("clusters")
                .valueStream()
                .filter(each -> each.path("name").asString().equals("ha"))
                .map(each -> each.path("runningOperation").asString())
                .findFirst()
                .orElseThrow();
    }

    /** The controller is killed while the drain of worker-1 is held; worker-10 is another host. */
    @Test
    @Order(6)
    void serversAndWorkersGoAndNobodyNotices() throws Exception {
        var spec = scaled.spec("b1", "s1", "s3", "worker-10");
        unnoticed(
                "control plane 3 → 2, workers 4 → 1, with the controller killed meanwhile",
                () -> {
                    var apply = new FutureTask<>(() -> cluster.apply(spec, "--yes"));
                    Thread.ofVirtual().start(apply);
                    awaitHeld();
                    cluster.lab.sh("ctl", Kill.controller()).ok();
                    cluster.lab.tool("lab/stage", "registered", "11").ok();
                    assertThat(scaled.nodes()).as("it is held").contains("worker-1");
                    cluster.kubectl("delete", "pdb", "held").ok();
                    return apply.get(180, TimeUnit.SECONDS); // it watches on by itself
                });
        assertThat(scaled.nodes()).containsExactlyInAnyOrder("s1", "s3", "worker-10");
        assertThat(
                        cluster.kubectl(
                                        "get",
                                        "secret",
                                        "-n",
                                        "kube-system",
                                        "worker-1.node-password.k3s")
                                .exitCode())
                .isNotZero();
        assertThat(cluster.outside.backends("e1")).containsOnlyKeys("s1", "s3");
        assertThat(cluster.outside.backends("b1")).containsOnlyKeys("s1", "s3");
        List.of("s2", "worker-1", "worker-2", "worker-3").forEach(scaled::assertFree);
        scaled.nothingToDo(spec);
    }

    /** A server that was removed comes back; the load balancer that has the address goes. */
    @Test
    @Order(7)
    void aServerComesBackAndTheHolderOfTheVirtualIpIsReplaced() throws Exception {
        var holder = cluster.outside.holders(VIRTUAL_IP, BALANCERS);
        if (holder.equals(List.of("e1"))) { // it is the etcd member, and stays what it is
            cluster.lab.sh("e1", "systemctl stop keepalived").ok();
            awaitHolder("b1");
            cluster.lab.sh("e1", "systemctl start keepalived").ok();
        }
        awaitHolder("b1");
        var spec = scaled.spec("b2", "s1", "s2", "s3", "worker-10");
        var noticed =
                noticed(
                        "control plane 2 → 3, the load balancer with the virtual IP replaced",
                        () -> cluster.apply(spec, "--yes"));
        var failures = noticed.path("failures");
        var times =
                failures.valueStream()
                        .mapToDouble(it -> Double.parseDouble(it.asString().split(" ", 2)[0]))
                        .summaryStatistics();
        double span = failures.isEmpty() ? 0 : times.getMax() - times.getMin();
        System.out.printf("virtual IP moved: %d failures within %.1f s%n", failures.size(), span);
        assertThat(span).as(failures.toString()).isLessThan(5);
        assertThat(cluster.outside.holders(VIRTUAL_IP, BALANCERS)).hasSize(1).doesNotContain("b1");
        assertThat(cluster.outside.backends("b2")).containsOnlyKeys("s1", "s2", "s3");
        assertThat(scaled.nodes()).contains("s2");
        scaled.assertFree("b1");
        scaled.nothingToDo(spec);
    }

    private void awaitHolder(String balancer) {
        await().atMost(Duration.ofSeconds(30))
                .until(() ->
                        cluster.outside.holders(VIRTUAL_IP, BALANCERS).equals(List.of(balancer)));
    }

    private JsonNode node(String name) throws IOException {
        return new ObjectMapper().readTree(cluster.kubectl("get", "node", name, "-o", "json").ok());
    }

    @Test
    @Order(8)
    void labelsAndTaintsFollowAndNothingRestarts() throws Exception {
        cluster.kubectl("label", "node", "worker-10", "team=a").ok();
        String life = cluster.outside.life("worker-10", "k3s-agent");
        var plain = scaled.spec("b2", "s1", "s2", "s3", "worker-10");
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

    /** The identity of a machine's agent. */
    private String hostId(String host) {
        return cluster.lab.sh(host, "sed -n 's/^host-id=//p' " + IDENTITY + "/host").ok().strip();
    }

    /**
     * worker-2 was removed. Its name and its address come back with another machine, and its old
     * certificate with a thief.
     */
    @Test
    @Order(9)
    @Tag("long")
    void anotherMachineAtTheAddressIsNobodyUntilSomebodySaysSo() throws Exception {
        var lab = cluster.lab;
        String old = hostId("worker-2");
        String stolen = cluster.kubeconfig().resolveSibling("identity").toString();
        lab.lab("copy", "worker-2:" + IDENTITY, stolen).ok();
        lab.lab("reset", "worker-2").ok();
        // a token for one use approves by itself: whoever made it has said so
        String token = cluster.davit("token", "create", "--uses", "2").ok().strip();
        lab.tool("lab/stage", "agent-with-token", "worker-2", token).ok();
        var spec = scaled.spec("b2", "s1", "s2", "s3", "worker-10", "worker-2");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> cluster.davit("hosts").ok().contains("pending"));
        var blocked = cluster.apply(spec);
        assertThat(blocked.exitCode()).as(blocked.toString()).isEqualTo(3);
        assertThat(blocked.toString())
                .contains("enrolled from " + HOSTS.address("worker-2") + " and waits for approval")
                .contains("davit hosts approve ");
        assertThat(lab.sh("worker-2", "ls /etc/rancher /usr/local/bin/k3s").exitCode()).isNotZero();

        String id = blocked.toString().split("davit hosts approve ", 2)[1].substring(0, 32);
        assertThat(id).isNotEqualTo(old);
        cluster.davit("hosts", "approve", id).ok();
        lab.tool("lab/stage", "registered", "11").ok();
        var apply = cluster.apply(spec);
        assertThat(apply.exitCode()).as(apply.toString()).isZero();
        assertThat(hostId("worker-2")).isEqualTo(id);
        assertThat(scaled.nodes()).contains("worker-2");

        String life = cluster.outside.life("worker-2", "k3s-agent");
        lab.sh("worker-2", "systemctl stop davit-agent && mv %s /root/mine".formatted(IDENTITY))
                .ok();
        lab.lab("copy", stolen, "worker-2:" + IDENTITY).ok();
        lab.sh(
                        "worker-2",
                        "sed -i \"s/^machine-id=.*/$(grep ^machine-id= /root/mine/host)/\" %s/host"
                                        .formatted(IDENTITY)
                                + " && systemctl start davit-agent")
                .ok();
        assertThat(hostId("worker-2")).isEqualTo(old);
        lab.await("ctl", "davit hosts | grep " + id.substring(0, 8) + " | grep -q away");
        lab.await("ctl", "davit hosts | grep " + old.substring(0, 8) + " | grep -q connected");
        var thief = cluster.apply(spec);
        assertThat(thief.exitCode()).as(thief.toString()).isEqualTo(3);
        assertThat(thief.toString())
                .contains("address taken: agent " + old + " connects from ")
                .contains("but worker-2 is bound to " + id);

        lab.sh(
                        "worker-2",
                        "systemctl stop davit-agent && rm -r %1$s && mv /root/mine %1$s && systemctl start davit-agent"
                                .formatted(IDENTITY))
                .ok();
        lab.await("ctl", "davit hosts | grep " + id.substring(0, 8) + " | grep -qv away");
        assertThat(cluster.outside.life("worker-2", "k3s-agent")).isEqualTo(life);
        scaled.nothingToDo(spec);
    }

    @Test
    @Order(10)
    void theClusterIsTakenDown() {
        assertThat(cluster.davit("clusters", "remove", "ha", "--destroy-data").exitCode())
                .isEqualTo(3);
        var removed =
                cluster.davit("clusters", "remove", "ha", "--destroy-data", "--yes-remove", "ha");
        assertThat(removed.exitCode()).as(removed.toString()).isZero();
        assertThat(cluster.davit("clusters").ok()).doesNotContainPattern("(?m)^ha ");
        HOSTS.hosts().stream().filter(host -> !host.equals("h1")).forEach(scaled::assertFree);
        assertThat(cluster.lab.sh("e1", "ls -A /var/lib/etcd /etc/etcd").ok().lines())
                .allMatch(line -> line.isBlank() || line.endsWith(":"));
    }

    @Test
    @Order(11)
    void theOtherClusterStandsAsItStood() {
        assertThat(otherBefore).anyMatch(line -> line.startsWith("one "));
        assertThat(Outside.difference(otherBefore, other())).isEmpty();
        System.out.printf("the other cluster: %d facts, 0 differ%n", otherBefore.size());
        assertThat(cluster.davit("status", "one").out()).contains("one  WaitingForCNI");
    }
}
