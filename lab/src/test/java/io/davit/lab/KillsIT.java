package io.davit.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.ObjectMapper;

/**
 * One bring-up in which agents and the controller are killed with SIGKILL at named points. The
 * points are chosen by watching journals and effects, never by time; that each was hit is part of
 * the test. Afterwards everything is there once.
 */
@Tag("long")
class KillsIT {

    @Test
    void aBringUpSurvivesEveryKillAndDoesNothingTwice() throws Exception {
        Path images = imagesArchive();
        try (var cluster =
                ExampleCluster.registered(
                        new Lab("it-kills", Map.of("DAVIT_K3S_IMAGES", images.toString())),
                        Example.SMALL,
                        Example.SMALL.hosts())) {
            var lab = cluster.lab;
            // A fetch that takes seconds, so that it can be interrupted: the controller's link is
            // slow.
            lab.exec(
                            "ctl", "tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate",
                            "160mbit", "burst", "256k", "latency", "400ms")
                    .ok();

            Map<String, Process> kills = new LinkedHashMap<>();
            kills.put(
                    "agent e1 after the intent of its configuration",
                    lab.background(
                            "e1",
                            Kill.when(
                                    "grep -q 'INTENT.*e1/etcd/.*config' "
                                            + Kill.JOURNAL
                                            + "* 2>/dev/null",
                                    Kill.agent())));
            kills.put(
                    "agent e2 after etcd started, before done",
                    lab.background(
                            "e2",
                            Kill.when(
                                    "[ -L /run/systemd/units/invocation:etcd.service ]",
                                    Kill.agent())));
            kills.put(
                    "agent e3 during a fetch",
                    lab.background(
                            "e3",
                            Kill.when(
                                    "[ -n \"$(find /opt/davit/artifacts /var/lib/davit/agent -name"
                                            + " '*part*' -size +1024k 2>/dev/null)\" ]",
                                    Kill.agent())));
            kills.put(
                    "controller between commit and send",
                    lab.background(
                            "ctl",
                            Kill.when(
                                    "journalctl -u davit -o cat -n 40 | grep -q 'accepted'",
                                    Kill.controller())));
            kills.put(
                    "agent s1 after the first server started",
                    lab.background(
                            "s1",
                            Kill.when(
                                    "[ -L /run/systemd/units/invocation:k3s.service ]",
                                    "echo started; " + Kill.agent())));

            // The first server has just been started: s1 tells, and the controller dies.
            var firstServer =
                    Thread.ofVirtual()
                            .start(() -> {
                                lab.await("s1", "[ -L /run/systemd/units/invocation:k3s.service ]");
                                lab.sh("ctl", Kill.controller()).ok();
                            });

            Map<String, Long> sentBefore = new LinkedHashMap<>();
            Example.SMALL.hosts().forEach(h -> sentBefore.put(h, cluster.outside.bytesSentTo(h)));
            var spec = cluster.spec();
            cluster.apply(spec);
            // The controller that was killed comes back by its unit and goes on with the operation
            // by itself.
            lab.tool("lab/stage", "registered", "6").ok();
            cluster.davit("operations", "watch");
            var last = cluster.apply(spec);
            for (int again = 0; last.exitCode() != 0 && again < 3; again++) {
                cluster.davit("operations", "watch");
                last = cluster.apply(spec);
            }
            assertThat(last.exitCode()).as(last.toString()).isZero();

            assertThat(firstServer.join(Duration.ofSeconds(30)))
                    .as("controller while the first server comes up")
                    .isTrue();
            kills.forEach((point, process) -> {
                try {
                    assertThat(process.waitFor(30, TimeUnit.SECONDS)).as(point).isTrue();
                    String said =
                            new String(
                                    process.getInputStream().readAllBytes(),
                                    StandardCharsets.UTF_8);
                    assertThat(said).as(point).contains("killed");
                } catch (Exception e) {
                    throw new AssertionError(point, e);
                }
            });
            System.out.println("kill points hit: " + String.join("; ", kills.keySet()));
            assertOnce(cluster);
            sentBefore.forEach((host, before) ->
                    assertReceivedOnce(
                            cluster, host, cluster.outside.bytesSentTo(host) - before, images));
        } finally {
            Files.delete(images);
        }
    }

    /** As large as it takes to be told from everything else that a host receives. */
    private static Path imagesArchive() throws IOException {
        Path folder = Files.createTempDirectory("davit-images");
        Path archive = Files.createTempFile("davit-images", ".tar");
        byte[] noise = new byte[24 << 20];
        new Random(25).nextBytes(noise); // so that nothing makes it smaller on the way
        Files.write(folder.resolve("layer"), noise);
        Files.writeString(folder.resolve("manifest.json"), "[]\n");
        try {
            var tar =
                    new ProcessBuilder(
                                    "tar",
                                    "-C",
                                    folder.toString(),
                                    "-cf",
                                    archive.toString(),
                                    "manifest.json",
                                    "layer")
                            .inheritIO()
                            .start();
            assertThat(tar.waitFor()).as("exit code of tar").isZero();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        } finally {
            Files.delete(folder.resolve("layer"));
            Files.delete(folder.resolve("manifest.json"));
            Files.delete(folder);
        }
        return archive;
    }

    /** Counted at the bridge: its artifacts came whole, and not half of them a second time. */
    private static void assertReceivedOnce(
            ExampleCluster cluster, String host, long received, Path images) {
        long size = artifactBytes(cluster, host, images);
        System.out.printf("%s received %d bytes, its artifacts have %d%n", host, received, size);
        assertThat(received).as("bytes to " + host).isBetween(size, size + size / 2);
    }

    private static long artifactBytes(ExampleCluster cluster, String host, Path images) {
        var root = Path.of(cluster.lab.lab("mirror", "root").ok().strip());
        var versions = new ObjectMapper().readTree(cluster.lab.lab("mirror", "versions").ok());
        try {
            if (!ExampleCluster.ETCD.contains(host)) {
                return Files.size(images)
                        + Files.size(
                                root.resolve("k3s-io/k3s")
                                        .resolve(versions.path("k3s").stringValue())
                                        .resolve("k3s"));
            }
            var all = versions.path("etcd");
            String newest = "v" + all.path(all.size() - 1).stringValue();
            return Files.size(
                    root.resolve("etcd-io/etcd")
                            .resolve(newest)
                            .resolve("etcd-" + newest + "-linux-amd64.tar.gz"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Counted outside Davit: every unit was started once, etcd knew three members ever, nodes are
     * Ready.
     */
    private static void assertOnce(ExampleCluster cluster) throws Exception {
        for (String host : ExampleCluster.ETCD) {
            assertThat(cluster.outside.invocations(host, "etcd"))
                    .as("starts of etcd on " + host)
                    .hasSize(1);
        }
        assertThat(cluster.outside.invocations("s1", "k3s")).hasSize(1);
        assertThat(cluster.etcdctl("e1", "198.18.0.11", "member", "list").lines()).hasSize(3);
        assertThat(cluster.outside.memberIdsEver()).as("members that ever were").hasSize(3);
        assertThat(cluster.lab.sh("e1", "ls /var/lib/etcd | wc -l").ok()).isEqualTo("1\n");
        assertThat(cluster.kubectl("get", "nodes", "--no-headers").lines())
                .hasSize(3)
                .allMatch(line -> line.contains(" Ready "));
        assertThat(cluster.plan(cluster.spec()).exitCode()).isZero();
        assertThat(
                        cluster.lab
                                .exec("ctl", "systemctl", "show", "-P", "NRestarts", "davit")
                                .ok()
                                .strip())
                .as("kills of the controller")
                .isEqualTo("2");
        // What was fetched before a kill is not fetched again: one whole file each, from the
        // mirror's own log.
        String log = cluster.lab.lab("mirror", "log").ok();
        assertThat(
                        log.lines()
                                .filter(l ->
                                        l.contains("/objects/")
                                                && l.contains("etcd-v")
                                                && l.contains("GET")))
                .as("requests for the etcd archive")
                .hasSize(1);
    }
}
