package io.davit.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * Machines that boot with a pool token become workers by themselves. Each test follows the one
 * before.
 */
@TestMethodOrder(OrderAnnotation.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PoolIT {

    private static final Example HOSTS =
            new Example("examples/small.yaml", "small", List.of("e1", "s1", "p1", "p2"));

    private static final String POOL =
            """
            pools: [{name: web, role: worker, max: 2, labels: {tier: web}}]
            hosts:
              - {name: e1, address: 198.18.0.11, roles: [etcd]}
              - {name: s1, address: 198.18.0.12, roles: [control-plane]}
            """;

    private ExampleCluster cluster;
    private Path spec = Path.of("");
    private String token = "";

    @BeforeAll
    void bringUp() throws Exception {
        cluster = ExampleCluster.registered(new Lab("it-pool"), HOSTS, List.of("e1", "s1"));
        spec = cluster.spec("pools.yaml", "", "");
        String yaml = Files.readString(spec);
        Files.writeString(
                spec, yaml.substring(0, yaml.indexOf("  hosts:")) + POOL.indent(2).stripTrailing());
        var apply = cluster.apply(spec);
        assertThat(apply.exitCode()).as(apply.toString()).isZero();
        token =
                cluster.davit(
                                "token",
                                "create",
                                "--pool",
                                "small/web",
                                "--cidr",
                                "198.18.0.0/24",
                                "--max",
                                "2")
                        .ok()
                        .strip();
    }

    @AfterAll
    void end() {
        if (cluster != null) {
            cluster.close();
        }
    }

    private void boot(String host) {
        cluster.lab.up(host + "=" + HOSTS.address(host)).ok();
        cluster.lab.tool("lab/stage", "agent-with-token", host, token).ok();
    }

    /** The names of the pool's nodes that are Ready. */
    private List<String> ready() throws Exception {
        return cluster.kubectl("get", "nodes", "-l", "tier=web", "--no-headers")
                .ok()
                .lines()
                .filter(line -> Pattern.compile("\\sReady\\s").matcher(line).find())
                .map(line -> line.split("\\s+", 2)[0])
                .toList();
    }

    private void awaitReady(int count) throws Exception {
        long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(3);
        while (ready().size() != count) {
            assertThat(System.nanoTime())
                    .as(() -> cluster.davit("events").toString())
                    .isLessThan(until);
            Thread.sleep(200);
        }
    }

    @Test
    @Order(1)
    void aMachineWithThePoolsTokenIsAReadyWorkerWithNobodyTyping() throws Exception {
        long start = System.nanoTime();
        boot("p1");
        long installed = System.nanoTime();
        awaitReady(1);
        long now = System.nanoTime();
        System.out.printf(
                "Ready %.1f s after it was switched on, %.1f s after its agent was installed%n",
                (now - start) / 1e9, (now - installed) / 1e9);
        assertThat(ready()).singleElement().asString().matches("web-[0-9a-f]{8}");
        assertThat(cluster.davit("hosts").ok()).contains("small/" + ready().getFirst());
        assertThat(cluster.davit("status", "small").out())
                .contains("pool web  1 of 2 hosts", ready().getFirst());
    }

    @Test
    @Order(2)
    void aControllerThatRestartsMeanwhileGoesOn() throws Exception {
        boot("p2");
        cluster.lab.sh("ctl", "systemctl restart davit").ok();
        awaitReady(2);
    }

    @Test
    @Order(3)
    void itIsLikeAnyHostOfTheSpecAfterwards() {
        cluster.lab.tool("lab/stage", "registered", "4").ok();
        assertThat(cluster.apply(spec).out()).contains("Nothing to do");
    }

    @Test
    @Order(4)
    void aMemberThatIsRemovedLeavesAndDoesNotComeBack() throws Exception {
        String name = ready().getFirst();
        String other = ready().getLast();
        var unasked = cluster.davit("hosts", "remove", name);
        assertThat(unasked.exitCode()).isEqualTo(3);
        assertThat(unasked.toString()).contains("nobody has approved", name);
        long start = System.nanoTime();
        var removed = cluster.davit("hosts", "remove", name, "--yes");
        assertThat(removed.exitCode()).as(removed.toString()).isZero();
        System.out.printf("removed in %.1f s%n", (System.nanoTime() - start) / 1e9);
        assertThat(ready()).containsExactly(other);
        assertThat(cluster.kubectl("get", "nodes", "-o", "name").ok()).doesNotContain(name);
        assertThat(cluster.davit("hosts").ok()).contains("unassigned").doesNotContain(name);
        assertThat(cluster.apply(spec).out()).contains("Nothing to do");
    }
}
