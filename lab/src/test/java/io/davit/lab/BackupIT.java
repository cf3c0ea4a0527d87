package io.davit.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import tools.jackson.databind.ObjectMapper;

/** The controller's disk is lost, twice; the cluster does not notice. */
@TestMethodOrder(OrderAnnotation.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BackupIT {

    private static final String FILE = "/root/davit.backup";
    private static final String WORDS = "--passphrase-file=/root/words";
    private static final int OPERATIONS = 11;

    private ExampleCluster cluster;

    @BeforeAll
    void bringUp() throws Exception {
        cluster =
                ExampleCluster.registered(new Lab("it-backup"), Example.SMALL, List.of("e1", "s1"));
        var apply = cluster.apply(spec(""));
        assertThat(apply.exitCode()).as(apply.toString()).isZero();
        cluster.lab.sh("ctl", "umask 077; echo correct horse battery staple > /root/words").ok();
    }

    @AfterAll
    void end() {
        if (cluster != null) {
            cluster.close();
        }
    }

    /** One etcd member, one server that is a worker too, with these labels. */
    private Path spec(String labels) throws IOException {
        Path example = cluster.spec();
        var lines =
                Files.readAllLines(example).stream()
                        .filter(line -> !line.contains("- {name:") || line.matches(".*\\b[es]1,.*"))
                        .map(line -> line.replace("name: small", "name: one"))
                        .map(line ->
                                line.replace(
                                        "roles: [control-plane]}",
                                        "roles: [control-plane, worker], labels: {%s}}"
                                                .formatted(labels)))
                        .toList();
        return Files.write(example.resolveSibling("one.yaml"), lines);
    }

    private Map<String, String> lives() {
        var lives = new TreeMap<String, String>();
        lives.put("etcd", cluster.outside.life("e1", "etcd"));
        lives.put("k3s", cluster.outside.life("s1", "k3s"));
        return lives;
    }

    private String label() throws IOException {
        var node =
                new ObjectMapper()
                        .readTree(
                                cluster.lab
                                        .exec(
                                                "s1", "k3s", "kubectl", "get", "node", "s1", "-o",
                                                "json")
                                        .ok());
        return node.path("metadata").path("labels").path("n").asString("none");
    }

    private void wipeAndRestore() {
        cluster.lab
                .sh(
                        "ctl",
                        "systemctl disable --now davit && rm -rf /etc/davit/controller.*"
                                + " /etc/davit/monitoring.token /var/lib/davit/controller")
                .ok();
        var restored = cluster.lab.exec("ctl", "davit", "restore", FILE, WORDS);
        assertThat(restored.exitCode()).as(restored.toString()).isZero();
        cluster.lab.sh("ctl", "systemctl enable --now davit").ok();
        cluster.lab.tool("lab/stage", "registered", "2", "60").ok();
        assertThat(
                        cluster.lab
                                .sh("ctl", "stat -c %U /var/lib/davit/controller/* | sort -u")
                                .ok()
                                .strip())
                .isEqualTo("davit");
    }

    private void confirm() {
        var confirmed = cluster.davit("adopt", "--confirm", "--yes");
        assertThat(confirmed.exitCode()).as(confirmed.toString()).isZero();
        // the controller starts anew; the agents come back by themselves
        await().atMost(Duration.ofSeconds(60))
                .until(() -> !cluster.davit("adopt").toString().contains("touches no host"));
        cluster.lab.tool("lab/stage", "registered", "2", "60").ok();
    }

    private void nothingToDo(Path spec) {
        var apply = cluster.apply(spec);
        assertThat(apply.out()).as(apply.toString()).contains("Nothing to do");
    }

    @Test
    @Order(1)
    void theControllersHostIsWipedAndRestoredAndNothingRestarts() throws Exception {
        var taken = cluster.lab.exec("ctl", "davit", "backup", FILE, WORDS);
        assertThat(taken.exitCode()).as(taken.toString()).isZero();
        var before = lives();

        wipeAndRestore();

        assertThat(cluster.davit("clusters").ok()).contains("one");
        var refused = cluster.apply(spec("n: too-early"));
        assertThat(refused.exitCode()).as(refused.toString()).isNotZero();
        assertThat(refused.toString()).contains("davit adopt");
        var adopt = cluster.davit("adopt");
        assertThat(adopt.out()).as(adopt.toString()).contains("touches no host").contains("one/s1");
        confirm();
        nothingToDo(spec(""));
        assertThat(label()).isEqualTo("none");
        assertThat(lives()).isEqualTo(before);
    }

    @Test
    @Order(2)
    @Tag("long")
    void aBackupOlderThanTenOperationsListsTheDifferencesAndDestroysNothing() throws Exception {
        for (int i = 1; i <= OPERATIONS; i++) {
            var apply = cluster.apply(spec("n: v" + i));
            assertThat(apply.exitCode()).as(apply.toString()).isZero();
        }
        var before = lives();
        assertThat(label()).isEqualTo("v" + OPERATIONS);

        wipeAndRestore();

        var adopt = cluster.davit("adopt");
        assertThat(adopt.out())
                .as(adopt.toString())
                .contains("do node-mark")
                .contains("What a backup cannot know");
        confirm();
        assertThat(label()).as("nothing is changed by itself").isEqualTo("v" + OPERATIONS);
        var plan = cluster.plan(spec("n: v" + OPERATIONS));
        assertThat(plan.exitCode()).as(plan.toString()).isIn(0, 2);
        var apply = cluster.apply(spec("n: v" + OPERATIONS));
        assertThat(apply.exitCode()).as(apply.toString()).isZero();
        assertThat(label()).isEqualTo("v" + OPERATIONS);
        nothingToDo(spec("n: v" + OPERATIONS));
        assertThat(lives()).isEqualTo(before);
        System.out.printf(
                "restored twice, once from a backup that is %d operations old: 0 of 2 units"
                        + " restarted%n",
                OPERATIONS);
    }
}
