package io.davit.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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

    /** The label that the pool's nodes have. */
    private static final String LABEL = "tier=web";

    private static final Duration MOST = Duration.ofMinutes(3);

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

    @Test
    @Order(1)
    void aMachineWithThePoolsTokenIsAReadyWorkerWithNobodyTyping() throws Exception {
        long start = System.nanoTime();
        boot("p1");
        long installed = System.nanoTime();
        cluster.awaitReady(LABEL, 1, MOST);
        long now = System.nanoTime();
        System.out.printf(
                "Ready %.1f s after it was switched on, %.1f s after its agent was installed%n",
                (now - start) / 1e9, (now - installed) / 1e9);
        assertThat(cluster.ready(LABEL)).singleElement().asString().matches("web-[0-9a-f]{8}");
        assertThat(cluster.davit("hosts").ok())
                .contains("small/" + cluster.ready(LABEL).getFirst());
        assertThat(cluster.davit("status", "small").out())
                .contains("pool web  1 of 2 hosts", cluster.ready(LABEL).getFirst());
    }

    @Test
    @Order(2)
    void aControllerThatRestartsMeanwhileGoesOn() throws Exception {
        boot("p2");
        cluster.lab.sh("ctl", "systemctl restart davit").ok();
        cluster.awaitReady(LABEL, 2, MOST);
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
        String name = cluster.ready(LABEL).getFirst();
        String other = cluster.ready(LABEL).getLast();
        var unasked = cluster.davit("hosts", "remove", name);
        assertThat(unasked.exitCode()).isEqualTo(3);
        assertThat(unasked.toString()).contains("nobody has approved", name);
        long start = System.nanoTime();
        var removed = cluster.davit("hosts", "remove", name, "--yes");
        assertThat(removed.exitCode()).as(removed.toString()).isZero();
        System.out.printf("removed in %.1f s%n", (System.nanoTime() - start) / 1e9);
        assertThat(cluster.ready(LABEL)).containsExactly(other);
        assertThat(cluster.kubectl("get", "nodes", "-o", "name").ok()).doesNotContain(name);
        assertThat(cluster.davit("hosts").ok()).contains("unassigned").doesNotContain(name);
        assertThat(cluster.apply(spec).out()).contains("Nothing to do");
    }
}
