package io.davit.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
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
 * Davit itself is upgraded under a running cluster: the controller, then the agents, then by agents
 * that are bad in one way each. w2 is in no cluster, so that it is the first of each upgrade.
 */
@Tag("long")
@TestMethodOrder(OrderAnnotation.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AgentsUpgradeIT {

    private static final List<String> HOSTS = List.of("w2", "w1", "s1", "e1");
    private static final Map<String, String> SERVICES =
            Map.of("e1", "etcd", "s1", "k3s", "w1", "k3s-agent");
    private static final int TRIAL_SECONDS = 60;

    private ExampleCluster cluster;
    private Path packages;

    @BeforeAll
    void bringUp() throws Exception {
        packages = Files.createTempDirectory("davit-it-packages");
        cluster = ExampleCluster.registered(new Lab("it-agents"), Example.SMALL, HOSTS);
        var made =
                cluster.lab.tool(
                        "lab/src/test/resources/other-packages.py",
                        built().toString(),
                        packages.toString());
        assertThat(made.exitCode()).as(made.toString()).isZero();
        var apply = cluster.apply(spec());
        assertThat(apply.exitCode()).as(apply.toString()).isZero();
    }

    @AfterAll
    void end() {
        if (cluster != null) {
            cluster.close();
        }
        Folders.remove(packages);
    }

    private Path built() throws IOException {
        try (Stream<Path> files = Files.list(cluster.lab.home().resolve("install/target"))) {
            return files.filter(file -> file.toString().matches(".*/davit-.*-linux-.*\\.tar\\.gz"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** One etcd member, one server, one worker. */
    private Path spec() throws IOException {
        Path example = cluster.spec();
        var lines =
                Files.readAllLines(example).stream()
                        .filter(line ->
                                !line.contains("- {name:") || line.matches(".*\\b[esw]1,.*"))
                        .map(line -> line.replace("name: small", "name: one"))
                        .toList();
        return Files.write(example.resolveSibling("one.yaml"), lines);
    }

    private Lab.Said upgrade(String... more) {
        return cluster.davit(
                Stream.concat(Stream.of("agents", "upgrade", "--yes"), Stream.of(more))
                        .toArray(String[]::new));
    }

    private JsonNode agents() {
        return new ObjectMapper().readTree(cluster.davit("agents", "-o", "json").ok());
    }

    /** By hostname: the version of each connected agent. */
    private Map<String, String> versions() {
        var versions = new LinkedHashMap<String, String>();
        for (JsonNode agent : agents().path("agents")) {
            if (agent.path("connected").asBoolean()) {
                versions.put(agent.path("hostname").asString(), agent.path("version").asString());
            }
        }
        return versions;
    }

    private static Map<String, String> all(String version) {
        var all = new LinkedHashMap<String, String>();
        HOSTS.forEach(host -> all.put(host, version));
        return all;
    }

    /** Invocation and process of each service that Davit manages, as systemd has them. */
    private Map<String, String> services() {
        var lives = new LinkedHashMap<String, String>();
        SERVICES.forEach((host, unit) ->
                lives.put(
                        host,
                        cluster.lab
                                .exec(
                                        host,
                                        "systemctl",
                                        "show",
                                        unit,
                                        "-p",
                                        "InvocationID,MainPID,NRestarts,ActiveState")
                                .ok()));
        return lives;
    }

    private Map<String, String> agentLives(List<String> hosts) {
        var lives = new LinkedHashMap<String, String>();
        hosts.forEach(host -> lives.put(host, cluster.outside.life(host, "davit-agent")));
        return lives;
    }

    private void importAgent(String name) {
        String file = "/root/" + name + ".tar.gz";
        cluster.lab.lab("copy", packages.resolve(name + ".tar.gz").toString(), "ctl:" + file).ok();
        cluster.lab.exec("ctl", "davit", "agents", "import", file).ok();
        cluster.lab.exec("ctl", "rm", file).ok();
    }

    private void awaitController() {
        await().atMost(Duration.ofSeconds(90)).until(() -> cluster.davit("agents").exitCode() == 0);
        cluster.lab.tool("lab/stage", "registered", String.valueOf(HOSTS.size()), "90").ok();
    }

    private void clusterIsHealthy() throws IOException {
        await().atMost(Duration.ofSeconds(90))
                .until(() -> cluster.davit("status", "one").exitCode() == 0);
        assertThat(cluster.apply(spec()).out()).contains("Nothing to do");
    }

    @Test
    @Order(1)
    void theControllerComesFirst() throws Exception {
        assertThat(upgrade().out()).contains("Nothing to do");
        importAgent("good");
        var refused = upgrade("--version", "0.1.95");
        assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(3);
        assertThat(refused.out()).contains("the controller first");

        var services = services();
        var lives = agentLives(HOSTS);
        cluster.lab
                .lab("copy", packages.resolve("next.tar.gz").toString(), "ctl:/root/next.tar.gz")
                .ok();
        cluster.lab
                .sh(
                        "ctl",
                        "rm -rf /root/next && mkdir /root/next && tar -xzf /root/next.tar.gz -C"
                                + " /root/next && rm /root/next.tar.gz && /root/next/install.sh"
                                + " --controller && rm -rf /root/next")
                .ok();
        awaitController();

        assertThat(cluster.davit("version").ok()).contains("controller 0.2.0");
        String before = Objects.requireNonNull(versions().get("e1"));
        assertThat(versions()).hasSize(HOSTS.size()).containsAllEntriesOf(all(before));
        assertThat(cluster.davit("status").ok())
                .contains(
                        "4 agents run %s, the controller 0.2.0: davit agents upgrade"
                                .formatted(before));
        clusterIsHealthy();
        assertThat(services()).isEqualTo(services);
        assertThat(agentLives(HOSTS)).isEqualTo(lives);
    }

    @Test
    @Order(2)
    void theFleetIsUpgradedAndNoServiceRestarts() throws Exception {
        var services = services();
        long began = System.nanoTime();
        var done = upgrade();
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began);
        assertThat(done.exitCode()).as(done.toString()).isZero();
        assertThat(versions()).hasSize(HOSTS.size()).containsAllEntriesOf(all("0.2.0"));
        assertThat(services()).isEqualTo(services);
        assertThat(cluster.davit("status").ok()).doesNotContain("davit agents upgrade");
        clusterIsHealthy();
        System.out.printf(
                "%d agents upgraded in %d s, 0 of %d services restarted%n",
                HOSTS.size(), seconds, SERVICES.size());
        System.out.println(done.out());
    }

    private void aBadOne(String name, String version, String why) throws IOException {
        var others = HOSTS.subList(1, HOSTS.size());
        importAgent(name);
        var services = services();
        var lives = agentLives(others);
        long began = System.nanoTime();
        var failed = upgrade("--version", version);
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began);
        assertThat(failed.exitCode()).as(failed.toString()).isEqualTo(3);
        assertThat(failed.out()).as(failed.toString()).contains("w2").contains(why);
        assertThat(versions()).hasSize(HOSTS.size()).containsAllEntriesOf(all("0.2.0"));
        assertThat(agentLives(others)).isEqualTo(lives);
        assertThat(services()).isEqualTo(services);
        clusterIsHealthy();
        var again = upgrade("--version", version);
        assertThat(again.exitCode()).as(again.toString()).isEqualTo(3);
        assertThat(again.out()).contains("did not stand its trial here before");
        assertThat(agentLives(others)).isEqualTo(lives);
        System.out.printf("%s: told after %d s, 3 other agents untouched%n", name, seconds);
        System.out.println(failed.out());
        assertThat(seconds).isLessThan(TRIAL_SECONDS * 3);
    }

    @Test
    @Order(3)
    void anAgentThatDoesNotStartGoesBackAtOnce() throws Exception {
        aBadOne("fails", "0.1.91", "this build is broken");
    }

    @Test
    @Order(4)
    void anAgentThatHangsGoesBackAfterAMinute() throws Exception {
        aBadOne("hangs", "0.1.92", "it was not confirmed within 60 s");
    }

    @Test
    @Order(5)
    void anAgentThatReportsAnotherVersionIsNeverKept() throws Exception {
        aBadOne("liar", "0.1.93", "it reports version 9.9.9, 0.1.93 was ordered");
    }

    @Test
    @Order(6)
    void powerLossInTheMiddleOfAChangeBringsTheOldOneBack() throws Exception {
        var services = services();
        Process watched =
                cluster.lab.background(
                        "ctl", "davit agents upgrade --yes --again --host w2 --version 0.1.92");
        cluster.lab.await("w2", "readlink /opt/davit/agent/current | grep -q ^0.1.92-");
        cluster.lab.lab("kill", "w2").ok();
        cluster.lab.lab("start", "w2").ok();
        String said;
        try (var out = watched.inputReader()) {
            said = String.join("\n", out.lines().toList());
        }
        assertThat(watched.waitFor()).as(said).isEqualTo(3);
        assertThat(said).contains("the host was restarted, or lost power");
        assertThat(versions()).containsEntry("w2", "0.2.0");
        assertThat(cluster.lab.exec("w2", "readlink", "/opt/davit/agent/current").ok())
                .startsWith("0.2.0-");
        assertThat(services()).isEqualTo(services);
    }

    @Test
    @Order(7)
    void aControllerThatIsKilledInTheMiddleGoesOnAndBackIsAWayToo() throws Exception {
        var services = services();
        cluster.lab.background(
                "ctl", "davit agents upgrade --yes --version 0.1.95 --host w2 --host w1");
        cluster.lab.await("w2", "readlink /opt/davit/agent/current | grep -q ^0.1.95-");
        cluster.lab.sh("ctl", Kill.controller()).ok();
        awaitController();
        await().atMost(Duration.ofMinutes(5))
                .until(() ->
                        !agents().path("newestUpgrade").path("state").asString().equals("running"));
        assertThat(agents().path("newestUpgrade").path("state").asString()).isEqualTo("done");
        assertThat(versions()).containsEntry("w2", "0.1.95").containsEntry("w1", "0.1.95");
        assertThat(versions()).containsEntry("s1", "0.2.0").containsEntry("e1", "0.2.0");
        assertThat(services()).isEqualTo(services);
        clusterIsHealthy();
    }
}
