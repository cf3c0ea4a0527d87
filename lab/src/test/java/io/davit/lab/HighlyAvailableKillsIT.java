package io.davit.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The bring-up of the whole cluster with five agents and three times the controller killed with
 * SIGKILL, half of that while the first server starts. The points are chosen by watching journals
 * and effects, never by time; that each was hit is part of the test. Afterwards everything is there
 * once, and the first server is still the one that was chosen.
 */
@Tag("long")
class HighlyAvailableKillsIT {

    private static final String VIRTUAL_IP = "198.18.0.100";
    private static final List<String> BALANCERS = List.of("e1", "e2");
    private static final List<String> SERVERS = List.of("s1", "s2", "s3");
    private static final List<String> KILLED = List.of("e1", "e2", "s1", "s2", "w1");
    private static final String NO_PING =
            "[ \"$(curl -sk -m 1 https://127.0.0.1:6443/ping)\" = pong ] || echo no ping yet; ";

    /**
     * The first server stands still from the start of its unit until it is told to go on: what is
     * killed meanwhile is killed while it starts.
     */
    private static final String HOLD_FIRST_SERVER =
            "until k3s=$(systemctl show -P MainPID k3s); [ \"$k3s\" -gt 0 ]; do :; done; "
                    + "kill -STOP $k3s && echo held; "
                    + NO_PING;

    private static final String STARTING =
            "[ \"$(systemctl is-active k3s)\" = activating ] && echo starting; " + NO_PING;

    private static final String KILL_WHEN_ACCEPTED =
            "controller=$(systemctl show -P MainPID davit); timeout 600 journalctl -u davit -f -n"
                + " 40 -o cat | while read -r line; do case \"$line\" in *' is accepted: '*) kill"
                + " -9 $controller && echo killed; break ;; esac; done";

    /** Prints the time, in microseconds, at which etcd takes the bootstrap data in. */
    private static final String WATCH_BOOTSTRAP_KEY =
            """
            export ETCDCTL_API=3
            set -- etcdctl --endpoints=https://198.18.0.13:2379 --cacert=/etc/etcd/pki/ca.crt \
                --cert=/etc/etcd/pki/server.crt --key=/etc/etcd/pki/server.key
            until "$@" endpoint health >/dev/null 2>&1; do sleep 0.1; done
            lines=$(mktemp -u) && mkfifo "$lines"
            "$@" watch --prefix /bootstrap/ --rev=1 >"$lines" 2>/dev/null &
            while read -r line; do
                case $line in /bootstrap/*) date +'stored %s%6N'; break ;; esac
            done <"$lines"
            kill $!
            rm "$lines"
            """;

    @Test
    void aBringUpSurvivesEveryKillAndTheChoiceOfTheFirstServerHolds() throws Exception {
        try (var cluster = ExampleCluster.registered("it-ha-kills", Example.HIGHLY_AVAILABLE)) {
            var lab = cluster.lab;
            var points =
                    List.of(
                            whileInstalling(lab),
                            afterStart(lab, "e2", "load-balancer", "haproxy"),
                            afterStart(lab, "s2", "control-plane", "k3s"),
                            afterStart(lab, "w1", "worker", "k3s-agent"));
            var firstServer =
                    lab.background("s1", Kill.agentAt(Kill.invoked("k3s"), HOLD_FIRST_SERVER));
            var accepted = lab.background("ctl", KILL_WHEN_ACCEPTED);
            var bootstrapKey = lab.background("e3", WATCH_BOOTSTRAP_KEY);
            var whileFirstStarts = new FutureTask<>(() -> killControllerTwice(lab, firstServer));
            Thread.ofVirtual().start(whileFirstStarts);

            long start = System.nanoTime();
            cluster.apply(cluster.spec());
            assertSaid("controller between accept and send", accepted, "killed");
            assertThat(whileFirstStarts.get(10, TimeUnit.MINUTES))
                    .containsExactly("killed twice", "nobody else");
            // The controller that was killed goes on with the operation by itself.
            lab.tool("lab/stage", "registered", "9").ok();
            var watched = cluster.davit("operations", "watch");
            assertThat(watched.exitCode()).as(watched.toString()).isZero();
            System.out.printf(
                    "highly available, with 8 kills: all nodes Ready after %.1f s%n",
                    (System.nanoTime() - start) / 1e9);

            points.forEach(
                    point -> assertSaid(point.name(), point.process(), "killed", point.proof()));
            assertKills(lab);
            assertFirstServerHeld(cluster, bootstrapKey);
            assertOnce(cluster);
            var again = cluster.apply(cluster.spec());
            assertThat(again.exitCode()).as(again.toString()).isZero();
            assertThat(again.out()).contains("Nothing to do");
        }
    }

    /**
     * Where an agent is killed.
     *
     * @param proof what its host says right after the kill
     */
    private record Point(String name, Process process, String proof) {}

    private static Point whileInstalling(Lab lab) {
        return new Point(
                "agent e1 while haproxy is being installed",
                lab.background(
                        "e1",
                        Kill.agentAt(
                                "grep -qs ' install haproxy:' /var/log/dpkg.log",
                                "systemctl is-active --quiet 'davit-*haproxy-apt-install.service'"
                                        + " && ! grep -q ' status installed haproxy:'"
                                        + " /var/log/dpkg.log && echo installing")),
                "installing");
    }

    private static Point afterStart(Lab lab, String host, String role, String unit) {
        return new Point(
                "agent %s after %s started, before done".formatted(host, unit),
                lab.background(
                        host,
                        Kill.agentAt(
                                Kill.invoked(unit),
                                Kill.beforeDone("%s/%s/service.%s".formatted(host, role, unit)))),
                "before done");
    }

    /**
     * While the first server stands still: the controller dies, comes back, has the agent wait for
     * the first server once more, and dies again. Then the first server goes on.
     */
    private static List<String> killControllerTwice(Lab lab, Process firstServer) {
        assertThat(ended(firstServer, 600))
                .as("agent s1 after the first server started")
                .contains("killed", "held", "no ping yet");
        assertThat(lab.sh("ctl", Kill.controller()).ok()).contains("killed");
        assertThat(lab.sh("s1", STARTING).ok()).contains("starting", "no ping yet");
        // Its third life: the first ended between accept and send.
        String waits =
                "grep -q 'INTENT.*\"step\":\"s1/control-plane/await-ping\".*\"epoch\":3,' "
                        + Kill.JOURNAL;
        assertThat(lab.sh("s1", Kill.when(waits, "echo waits")).ok()).contains("waits");
        assertThat(lab.sh("ctl", Kill.controller()).ok()).contains("killed");
        assertThat(lab.sh("s1", STARTING).ok()).contains("starting", "no ping yet");
        for (String other : List.of("s2", "s3")) {
            assertThat(lab.sh(other, Kill.invoked("k3s")).exitCode())
                    .as("start of %s beside the first server", other)
                    .isNotZero();
        }
        lab.sh("s1", "kill -CONT $(systemctl show -P MainPID k3s)").ok();
        return List.of("killed twice", "nobody else");
    }

    private static void assertSaid(String point, Process process, String... words) {
        assertThat(ended(process, 30)).as(point).contains(words);
        System.out.println("hit: " + point);
    }

    private static String ended(Process process, int seconds) {
        try {
            assertThat(process.waitFor(seconds, TimeUnit.SECONDS)).as("it has ended").isTrue();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    private static void assertKills(Lab lab) {
        assertThat(restarts(lab, "ctl", "davit")).as("kills of the controller").isEqualTo("3");
        for (String host : Example.HIGHLY_AVAILABLE.hosts()) {
            assertThat(restarts(lab, host, "davit-agent"))
                    .as("kills of the agent on " + host)
                    .isEqualTo(KILLED.contains(host) ? "1" : "0");
            // The controller that accepted the operation had sent nothing when it was killed.
            assertThat(lab.sh(host, "grep 'INTENT.*\"epoch\":1,' " + Kill.JOURNAL).out())
                    .as("steps on %s of the first controller", host)
                    .isEmpty();
        }
    }

    private static String restarts(Lab lab, String host, String unit) {
        return lab.exec(host, "systemctl", "show", "-P", "NRestarts", unit).ok().strip();
    }

    private static void assertFirstServerHeld(ExampleCluster cluster, Process bootstrapKey) {
        var lab = cluster.lab;
        String said = ended(bootstrapKey, 30);
        long stored = Long.parseLong(said.substring(said.indexOf("stored ") + 7).strip());
        assertThat(firstStart(lab, "s1")).as("start of s1").isLessThan(stored);
        for (String other : List.of("s2", "s3")) {
            assertThat(firstStart(lab, other)).as("start of " + other).isGreaterThan(stored);
        }
        assertThat(
                        cluster.etcdctl(
                                        "e1",
                                        "198.18.0.11",
                                        "get",
                                        "--prefix",
                                        "/bootstrap",
                                        "--keys-only")
                                .lines())
                .filteredOn(line -> !line.isBlank())
                .as("bootstrap data")
                .hasSize(1);
        var authorities =
                SERVERS.stream()
                        .map(server ->
                                lab.exec(
                                                "e1",
                                                "curl",
                                                "-skf",
                                                "https://%s:6443/cacerts"
                                                        .formatted(
                                                                Example.HIGHLY_AVAILABLE.address(
                                                                        server)))
                                        .ok())
                        .distinct()
                        .toList();
        assertThat(authorities).as("CAs that the servers tell").hasSize(1);
        assertThat(authorities.getFirst()).contains("BEGIN CERTIFICATE");
    }

    /** When systemd began to start a host's k3s, in microseconds. */
    private static long firstStart(Lab lab, String host) {
        return Long.parseLong(
                lab.sh(
                                host,
                                "journalctl -u k3s -o json --no-pager | jq -r 'select(.JOB_TYPE =="
                                        + " \"start\") | .__REALTIME_TIMESTAMP'")
                        .lines()
                        .getFirst());
    }

    /** Counted outside Davit. */
    private static void assertOnce(ExampleCluster cluster) throws Exception {
        var lab = cluster.lab;
        ExampleCluster.ETCD.forEach(host -> assertStartedOnce(cluster, host, "etcd"));
        SERVERS.forEach(host -> assertStartedOnce(cluster, host, "k3s"));
        ExampleCluster.WORKERS.forEach(host -> assertStartedOnce(cluster, host, "k3s-agent"));
        for (String balancer : BALANCERS) {
            for (String name : List.of("haproxy", "keepalived")) {
                assertStartedOnce(cluster, balancer, name);
                assertThat(
                                lab.sh(
                                                balancer,
                                                "grep ' install %s:' /var/log/dpkg.log"
                                                        .formatted(name))
                                        .lines())
                        .as("installs of %s on %s", name, balancer)
                        .hasSize(1);
                assertThat(
                                lab.sh(
                                                balancer,
                                                "grep '^Commandline: .* install -- %s$'"
                                                                .formatted(name)
                                                        + " /var/log/apt/history.log")
                                        .lines())
                        .as("apt's history of %s on %s", name, balancer)
                        .hasSize(1);
            }
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() ->
                            assertThat(cluster.outside.backends(balancer))
                                    .as(balancer)
                                    .containsOnlyKeys("s1", "s2", "s3")
                                    .allSatisfy((_, state) ->
                                            assertThat(state).isEqualTo("UP L7OK 200")));
        }
        assertThat(cluster.outside.holders(VIRTUAL_IP, BALANCERS)).hasSize(1);

        assertThat(cluster.etcdctl("e1", "198.18.0.11", "member", "list").lines()).hasSize(3);
        assertThat(cluster.outside.memberIdsEver()).as("members that ever were").hasSize(3);
        assertThat(
                        ExampleCluster.ETCD.stream()
                                .flatMap(host -> lab.sh(host, "ls /var/lib/etcd").lines().stream())
                                .toList())
                .as("data directories")
                .hasSize(3)
                .extracting(name -> name.substring(0, name.indexOf('-')))
                .as("incarnations")
                .containsOnly(lab.sh("e1", "ls /var/lib/etcd | cut -d- -f1").ok().strip());
        assertThat(cluster.kubectl("get", "nodes", "--no-headers").lines())
                .hasSize(5)
                .allMatch(line -> line.contains(" Ready "));
    }

    private static void assertStartedOnce(ExampleCluster cluster, String host, String unit) {
        assertThat(cluster.outside.invocations(host, unit))
                .as("starts of %s on %s", unit, host)
                .hasSize(1);
        assertThat(restarts(cluster.lab, host, unit))
                .as("restarts of %s on %s by systemd", unit, host)
                .isEqualTo("0");
    }
}
