package io.davit.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A server and a worker leave while three agents and three times the controller are killed with
 * SIGKILL, at points that are chosen by watching journals. Afterwards both are gone, once, and who
 * stays has not restarted.
 */
@Tag("long")
class RemovalKillsIT {

    private static String intended(String step) {
        return "grep -qs 'INTENT.*%s' %s".formatted(step, Kill.JOURNAL);
    }

    private static Map<String, String> lives(ExampleCluster cluster) {
        var lives = new TreeMap<String, String>();
        lives.put("e1 etcd", cluster.outside.life("e1", "etcd"));
        lives.put("e1 haproxy", cluster.outside.life("e1", "haproxy"));
        lives.put("s1 k3s", cluster.outside.life("s1", "k3s"));
        lives.put("worker-10", cluster.outside.life("worker-10", "k3s-agent"));
        return lives;
    }

    @Test
    void aRemovalSurvivesEveryKillAndDoesNothingTwice() throws Exception {
        var hosts = List.of("e1", "s1", "s2", "worker-10", "worker-2");
        try (var scaled = ScaledCluster.registered("it-remove-kills", hosts)) {
            var cluster = scaled.cluster();
            var lab = cluster.lab;
            var before = scaled.spec("s1", "s2", "worker-10", "worker-2");
            var up = cluster.apply(before);
            assertThat(up.exitCode()).as(up.toString()).isZero();
            var lives = lives(cluster);

            Map<String, Process> agents = new LinkedHashMap<>();
            agents.put(
                    "agent s1 while it drains worker-2",
                    lab.background("s1", Kill.when(intended("worker-2/node/drain"), Kill.agent())));
            agents.put(
                    "agent worker-2 while its role goes",
                    lab.background(
                            "worker-2",
                            Kill.when(intended("worker-2/worker/remove"), Kill.agent())));
            agents.put(
                    "agent e1 while it forgets s2",
                    lab.background("e1", Kill.when(intended("e1/load-balancer/"), Kill.agent())));
            Map<String, FutureTask<Void>> controllers = new LinkedHashMap<>();
            controller(controllers, lab, "s1", "worker-2/node/cordon");
            controller(controllers, lab, "s1", "worker-2/node/delete");
            controller(controllers, lab, "s2", "s2/control-plane/remove");

            var after = scaled.spec("s1", "worker-10");
            cluster.apply(after, "--yes");
            var last = cluster.apply(after, "--yes");
            for (int again = 0; last.exitCode() != 0 && again < 5; again++) {
                lab.tool("lab/stage", "registered", "5", "60").ok();
                cluster.davit("operations", "watch");
                last = cluster.apply(after, "--yes");
            }
            assertThat(last.exitCode()).as(last.toString()).isZero();

            for (var kill : agents.entrySet()) {
                assertThat(kill.getValue().waitFor(30, TimeUnit.SECONDS))
                        .as(kill.getKey())
                        .isTrue();
                assertThat(
                                new String(
                                        kill.getValue().getInputStream().readAllBytes(),
                                        StandardCharsets.UTF_8))
                        .as(kill.getKey())
                        .contains("killed");
            }
            for (var kill : controllers.values()) {
                kill.get(30, TimeUnit.SECONDS);
            }
            System.out.println(
                    "kill points of a removal hit: "
                            + String.join("; ", agents.keySet())
                            + "; controller at "
                            + String.join(", ", controllers.keySet()));
            assertThat(scaled.nodes()).containsExactlyInAnyOrder("s1", "worker-10");
            scaled.assertFree("s2");
            scaled.assertFree("worker-2");
            assertThat(cluster.outside.backends("e1")).containsOnlyKeys("s1");
            scaled.nothingToDo(after);
            assertThat(lives(cluster)).as("who stays").isEqualTo(lives);
        }
    }

    /** Kills the controller once an agent has this step in its journal. */
    private static void controller(
            Map<String, FutureTask<Void>> kills, Lab lab, String host, String step) {
        var kill =
                new FutureTask<Void>(
                        () -> {
                            lab.await(host, intended(step));
                            lab.sh("ctl", Kill.controller()).ok();
                        },
                        null);
        kills.put(step, kill);
        Thread.ofVirtual().start(kill);
    }
}
