package io.davit.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** A cluster with one etcd member, which serves nobody while it restarts. */
@TestMethodOrder(OrderAnnotation.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OneMemberIT {

    private static final String EDIT = "echo 'snapshot-count: 4242' >> /etc/etcd/etcd.yaml";

    private ExampleCluster cluster;

    @BeforeAll
    void register() throws Exception {
        cluster = ExampleCluster.registered(new Lab("it-one"), Example.SMALL, List.of("e1", "s1"));
    }

    @AfterAll
    void end() {
        if (cluster != null) {
            cluster.close();
        }
    }

    /** The example, cut down to its first member and a server that is a worker as well. */
    private Path spec() throws IOException {
        Path example = cluster.spec();
        var lines =
                Files.readAllLines(example).stream()
                        .filter(line -> !line.contains("- {name:") || line.matches(".*\\b[es]1,.*"))
                        .map(line -> line.replace("name: small", "name: one"))
                        .map(line -> line.replace("[control-plane]", "[control-plane, worker]"))
                        .toList();
        return Files.write(example.resolveSibling("one.yaml"), lines);
    }

    private String etcd() {
        return cluster.outside.life("e1", "etcd");
    }

    @Test
    @Order(1)
    void applyBringsItUp() throws Exception {
        var apply = cluster.apply(spec());
        assertThat(apply.exitCode()).as(apply.toString()).isZero();
    }

    @Test
    @Order(2)
    void aFileEditedByHandAndReadByARestartIsMendedWithARestartThatAPersonHasToAccept()
            throws Exception {
        cluster.lab.sh("e1", EDIT + " && systemctl restart etcd").ok();
        String edited = etcd();

        var plan = cluster.plan(spec(), "--allow-downtime");
        assertThat(plan.exitCode()).as(plan.toString()).isEqualTo(2);
        assertThat(plan.out()).contains("-snapshot-count: 4242").contains("! etcd: restart etcd");

        var refused = cluster.apply(spec());
        assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(3);
        assertThat(refused.toString()).contains("--allow-downtime");
        assertThat(etcd()).isEqualTo(edited);

        var accepted = cluster.apply(spec(), "--allow-downtime");
        assertThat(accepted.exitCode()).as(accepted.toString()).isZero();
        assertThat(etcd()).isNotEqualTo(edited);
        assertThat(cluster.lab.sh("e1", "cat /etc/etcd/etcd.yaml").ok()).doesNotContain("4242");

        assertNothingToDo();
    }

    @Test
    @Order(3)
    void aCrashIsFollowedByNoRestartOfOurs() throws Exception {
        String before = etcd();
        cluster.lab.sh("e1", "kill -9 $(systemctl show -P MainPID etcd)").ok();
        cluster.lab.await(
                "e1",
                "[ \"$(systemctl is-active etcd)\" = active ] && [ \"$(systemctl show -P NRestarts"
                        + " etcd)\" != 0 ]");
        assertThat(etcd()).isNotEqualTo(before);

        assertNothingToDo();
    }

    @Test
    @Order(4)
    void aRestartWhileTheAgentIsAwayIsFoundWhenItComesBack() throws Exception {
        cluster.lab.exec("e1", "systemctl", "stop", "davit-agent").ok();
        cluster.lab.sh("e1", EDIT + " && systemctl restart etcd").ok();
        cluster.lab.exec("e1", "systemctl", "start", "davit-agent").ok();
        cluster.lab.tool("lab/stage", "registered", "2").ok();

        var refused = cluster.apply(spec());
        assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(3);
        var accepted = cluster.apply(spec(), "--allow-downtime");
        assertThat(accepted.exitCode()).as(accepted.toString()).isZero();

        assertNothingToDo();
    }

    private void assertNothingToDo() throws IOException {
        String life = etcd();
        var again = cluster.apply(spec());
        assertThat(again.exitCode()).as(again.toString()).isZero();
        assertThat(again.out()).contains("Nothing to do");
        assertThat(etcd()).isEqualTo(life);
    }
}
