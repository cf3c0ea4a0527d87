package io.davit.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
import tools.jackson.databind.node.MissingNode;

/**
 * Snapshots of a cluster of three members, judged from outside: by gpg, Debian's etcdutl, an etcd
 * that nobody of Davit has touched, and what lies on the disks. Each test follows the one before.
 */
@Tag("long")
@TestMethodOrder(OrderAnnotation.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SnapshotIT {

    private static final String WORDS = "correct horse battery staple";
    private static final String BLOBS = "/var/lib/davit/agent/blobs";
    private static final String HELD = "/var/lib/davit/controller/snapshots";
    private static final String SCRATCH = "http://127.0.0.1:22379";
    private static final String ENOUGH = "[ -e /root/enough ]";
    private static final int LARGE_VALUES = 150;

    private ExampleCluster cluster;
    private Path work;
    private Path unpacked = Path.of("");
    private JsonNode first = MissingNode.getInstance();

    @BeforeAll
    void bringUp() throws Exception {
        cluster =
                ExampleCluster.registered(
                        new Lab("it-snapshot"), Example.SMALL, List.of("e1", "e2", "e3", "s1"));
        work = Files.createTempDirectory("davit-snapshot");
        var apply = cluster.apply(spec());
        assertThat(apply.exitCode()).as(apply.toString()).isZero();
        cluster.lab.sh("ctl", "umask 077; echo " + WORDS + " > /root/words").ok();
    }

    @AfterAll
    void end() {
        if (cluster != null) {
            cluster.close();
        }
        if (work != null) {
            Folders.remove(work);
        }
    }

    /** Three members, and one server that is a worker too. */
    private Path spec() throws IOException {
        Path example = cluster.spec();
        var lines =
                Files.readAllLines(example).stream()
                        .filter(line -> !line.matches(".*- \\{name: w\\d,.*"))
                        .map(line -> line.replace("[control-plane]", "[control-plane, worker]"))
                        .toList();
        return Files.write(example.resolveSibling("three.yaml"), lines);
    }

    private static JsonNode json(String text) {
        return new ObjectMapper().readTree(text);
    }

    private List<JsonNode> held() {
        var found = new ArrayList<JsonNode>();
        json(cluster.davit("etcd", "snapshots", "small", "-o", "json").ok())
                .path("snapshots")
                .forEach(found::add);
        return found;
    }

    /** Puts until it is told to stop, and once a key with every revision. */
    private Process writes() {
        return cluster.lab.background(
                "e1",
                "i=0; while [ ! -e /root/enough ]; do i=$((i+1)); "
                        + etcdctl("put /lab/$i $i")
                        + " >/dev/null || exit 7; done; rm /root/enough; echo $i");
    }

    private static String etcdctl(String command) {
        return "etcdctl --endpoints=https://198.18.0.11:2379 --cacert=/etc/etcd/pki/ca.crt"
                + " --cert=/etc/etcd/pki/server.crt --key=/etc/etcd/pki/server.key "
                + command;
    }

    private void assertNothingLies() {
        for (String host : ExampleCluster.ETCD) {
            assertThat(cluster.lab.sh(host, "ls -A " + BLOBS + " 2>/dev/null").out())
                    .as("on " + host)
                    .isEmpty();
        }
        assertThat(cluster.lab.sh("ctl", "ls " + HELD).ok().lines())
                .as("held")
                .containsExactlyInAnyOrderElementsOf(
                        held().stream().map(it -> it.path("name").asString() + ".sealed").toList());
        assertThat(cluster.lab.sh("ctl", "find /var/lib/davit/controller -name 'backup-*'").ok())
                .isEmpty();
    }

    @Test
    @Order(1)
    void aSnapshotUnderWritesIsTakenFromAFollowerAndHeldSealed() throws Exception {
        cluster.lab.sh("e1", etcdctl("put /lab/plain a-text-that-nobody-may-read")).ok();
        Process writing = writes();
        await().until(() -> cluster.lab.sh("e1", etcdctl("get /lab/5")).out().contains("5"));

        var said = cluster.davit("etcd", "snapshot", "small");

        cluster.lab.sh("e1", "touch /root/enough").ok();
        assertThat(said.exitCode()).as(said.toString()).isZero();
        assertThat(said.out()).contains("revision ").contains("sha256 ").contains(HELD);
        assertThat(writing.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(writing.exitValue()).as("every write was taken meanwhile").isZero();
        assertThat(held()).hasSize(1);
        first = held().getFirst();
        assertThat(leader()).isNotEqualTo(first.path("host").asString());
        assertThat(
                        cluster.lab
                                .sh("ctl", "stat -c '%a %U' " + HELD + " " + HELD + "/*.sealed")
                                .ok()
                                .lines())
                .containsExactly("700 davit", "600 davit");
        assertThat(cluster.lab.sh("ctl", "grep -rla nobody-may-read /var/lib/davit /tmp").out())
                .isEmpty();
        assertNothingLies();
        assertThat(cluster.davit("operations").ok()).contains(first.path("name").asString());
        assertThat(cluster.davit("events", "--cluster", "small").ok())
                .contains("etcdsnapshots take cluster/small");
        assertThat(Double.parseDouble(metric("davit_etcd_snapshot_last_size_bytes")))
                .isEqualTo(Double.parseDouble(first.path("sizeBytes").asString()));
    }

    private String metric(String name) {
        cluster.lab.sh("ctl", "davit monitoring token > /root/token").ok();
        return cluster.lab
                .sh(
                        "ctl",
                        "curl -sk -H \"Authorization: Bearer $(cat /root/token)\""
                                + " https://127.0.0.1:7446/metrics | grep '^"
                                + name
                                + "{' | cut -d' ' -f2")
                .ok()
                .strip();
    }

    private String leader() {
        for (int i = 1; i <= 3; i++) {
            var status =
                    json(cluster.etcdctl(
                                            "e" + i,
                                            "198.18.0.1" + i,
                                            "endpoint",
                                            "status",
                                            "--write-out=json")
                                    .ok())
                            .path(0)
                            .path("Status");
            if (status.path("leader")
                    .asString()
                    .equals(status.path("header").path("member_id").asString())) {
                return "e" + i;
            }
        }
        throw new AssertionError("no member leads");
    }

    @Test
    @Order(2)
    void whatRootExportsOpensWithGpgAndIsRightForDebiansEtcdutl() throws Exception {
        String name = first.path("name").asString();
        var refused =
                cluster.lab.sh(
                        "ctl",
                        "chmod 644 /root/words; su -s /bin/sh nobody -c"
                                + " '/usr/local/bin/davit etcd export "
                                + name
                                + " /tmp/mine --passphrase-file /root/words'");
        assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(3);
        assertThat(refused.toString()).contains("as root");
        cluster.lab
                .sh(
                        "ctl",
                        "chmod 600 /root/words && davit etcd export "
                                + name
                                + " /root/one.snapshot --passphrase-file /root/words")
                .ok();
        assertThat(cluster.lab.sh("ctl", "stat -c %a /root/one.snapshot").ok().strip())
                .isEqualTo("600");
        Path file = work.resolve("one.snapshot");
        cluster.lab.lab("copy", "ctl:/root/one.snapshot", file.toString()).ok();

        unpacked = Files.createDirectory(work.resolve("unpacked"));
        Path words = Files.writeString(work.resolve("words"), WORDS + "\n");
        Path home = Files.createDirectory(work.resolve("gpg"));
        cluster.lab
                .check(
                        "",
                        "sh",
                        "-c",
                        "chmod 700 \"$1\"; gpg --homedir \"$1\" --batch --pinentry-mode loopback"
                                + " --passphrase-file \"$2\" --decrypt \"$3\" | tar x -C \"$4\"",
                        "sh",
                        home.toString(),
                        words.toString(),
                        file.toString(),
                        unpacked.toString())
                .ok();

        var status =
                json(
                        cluster.lab
                                .check(
                                        "",
                                        etcd("trixie", "etcdutl"),
                                        "snapshot",
                                        "status",
                                        unpacked.resolve("snapshot.db").toString(),
                                        "--write-out=json")
                                .ok());
        assertThat(status.path("revision").asString()).isEqualTo(first.path("revision").asString());
        assertThat(status.path("totalKey").asString())
                .isEqualTo(first.path("totalKeys").asString());
        assertThat(status.path("hash").asString()).isEqualTo(first.path("hash").asString());
        var manifest = json(Files.readString(unpacked.resolve("manifest.json")));
        assertThat(manifest.path("snapshot").path("revision").asString())
                .isEqualTo(first.path("revision").asString());
        assertThat(Files.readString(unpacked.resolve("spec.yaml"))).contains("clusterCidrs");
        assertThat(Files.readString(unpacked.resolve("escrow/k3s/token")))
                .isEqualTo(cluster.lab.sh("s1", "cat /etc/rancher/k3s/token").ok());
        for (String key : List.of("server-ca.key", "client-ca.key", "service.key")) {
            assertThat(Files.readString(unpacked.resolve("escrow/k3s/tls/" + key)))
                    .as(key)
                    .isEqualTo(
                            cluster.lab
                                    .sh("s1", "cat /var/lib/rancher/k3s/server/tls/" + key)
                                    .ok());
        }
    }

    /** A program of Debian's that no host has got from Davit. */
    private static String etcd(String suite, String program) throws IOException {
        Path artifacts =
                Path.of(System.getenv().getOrDefault("DAVIT_LAB", "/var/lib/davit-lab"))
                        .resolve("artifacts");
        try (Stream<Path> found = Files.walk(artifacts, 3)) {
            return found.filter(path ->
                            path.toString().contains("/" + suite + "-etcd-")
                                    && path.endsWith(program))
                    .findFirst()
                    .orElseThrow()
                    .toString();
        }
    }

    @Test
    @Order(3)
    void anEtcdThatIsRestoredByHandHasTheKeys() throws Exception {
        for (String program : List.of("etcd", "etcdctl", "etcdutl")) {
            cluster.lab.lab("copy", etcd("trixie", program), "ctl:/root/" + program).ok();
        }
        cluster.lab
                .lab("copy", unpacked.resolve("snapshot.db").toString(), "ctl:/root/snapshot.db")
                .ok();
        cluster.lab
                .sh(
                        "ctl",
                        "cd /root && ./etcdutl snapshot restore snapshot.db --data-dir scratch"
                                + " --name scratch --initial-cluster"
                                + " scratch=http://127.0.0.1:22380"
                                + " --initial-advertise-peer-urls http://127.0.0.1:22380"
                                + " --initial-cluster-token restored-by-hand"
                                + " --bump-revision 1000000000 --mark-compacted && systemd-run"
                                + " --unit=scratch-etcd /root/etcd --name scratch --data-dir"
                                + " /root/scratch --listen-client-urls "
                                + SCRATCH
                                + " --advertise-client-urls "
                                + SCRATCH
                                + " --listen-peer-urls http://127.0.0.1:22380")
                .ok();
        cluster.lab.await("ctl", scratch("endpoint health >/dev/null 2>&1"));

        assertThat(cluster.lab.sh("ctl", scratch("get /lab/plain --print-value-only")).ok().strip())
                .isEqualTo("a-text-that-nobody-may-read");
        var bootstrap =
                json(cluster.lab.sh("ctl", scratch("get /bootstrap/ --prefix -w json")).ok())
                        .path("kvs");
        assertThat(bootstrap.size()).isEqualTo(1);
        assertThat(
                        json(cluster.lab.sh("ctl", scratch("endpoint status -w json")).ok())
                                .path(0)
                                .path("Status")
                                .path("header")
                                .path("revision")
                                .asLong())
                .isGreaterThan(1_000_000_000L);
        int written =
                cluster.lab
                        .sh("ctl", scratch("get /lab/ --prefix --keys-only"))
                        .ok()
                        .split("/lab/", -1)
                        .length;
        System.out.printf(
                "restored by hand: revision %s, %s keys in the snapshot, %d below /lab%n",
                first.path("revision").asString(), first.path("totalKeys").asString(), written - 1);
        opensTheBootstrapData(bootstrap.path(0).path("value").asString());
        cluster.lab.sh("ctl", "systemctl stop scratch-etcd; rm -rf /root/scratch").ok();
    }

    private static String scratch(String command) {
        return "/root/etcdctl --endpoints=" + SCRATCH + " " + command;
    }

    /** As a server does that has nothing but the restored datastore and the escrowed token. */
    private void opensTheBootstrapData(String value) throws IOException {
        assumeThat(System.getenv("DAVIT_K3S")).as("the stand-in's own sealing").isNull();
        String python =
                """
                import base64, importlib.machinery, importlib.util, json, sys
                loader = importlib.machinery.SourceFileLoader('standin', sys.argv[1])
                spec = importlib.util.spec_from_loader('standin', loader)
                standin = importlib.util.module_from_spec(spec)
                loader.exec_module(standin)
                password = open(sys.argv[2]).read().strip().rsplit(':', 1)[1]
                files = json.loads(standin.Sealer(password.encode()).open(base64.b64decode(sys.stdin.read())))
                sys.stdout.write(base64.b64decode(files['ServerCAKey']['Content']).decode())
                """;
        var opened =
                cluster.lab.check(
                        value,
                        "python3",
                        "-B",
                        "-c",
                        python,
                        cluster.lab.home().resolve("lab/k3s/k3s").toString(),
                        unpacked.resolve("escrow/k3s/token").toString());
        assertThat(opened.ok())
                .isEqualTo(Files.readString(unpacked.resolve("escrow/k3s/tls/server-ca.key")));
    }

    @Test
    @Order(4)
    void anAgentThatIsKilledInTheMiddleLeavesNothingAndTheSnapshotIsTaken() throws Exception {
        cluster.lab
                .sh(
                        "e1",
                        "i=0; while [ $i -lt "
                                + LARGE_VALUES
                                + " ]; do i=$((i+1)); head -c 700000 /dev/urandom | base64 -w0 |"
                                + etcdctl(" put /large/$i")
                                + " >/dev/null || exit 7; done")
                .ok();
        Map<String, Process> kills = new LinkedHashMap<>();
        for (String host : ExampleCluster.ETCD) {
            kills.put(
                    host,
                    cluster.lab.background(
                            host,
                            "agent=$(systemctl show -P MainPID davit-agent); "
                                    + Kill.when(
                                            ENOUGH
                                                    + " || [ -n \"$(find "
                                                    + BLOBS
                                                    + " -size +1024k 2>/dev/null)\" ]",
                                            ENOUGH + " || { kill -9 $agent && echo killed; }")));
        }
        long start = System.nanoTime();
        var said = cluster.davit("etcd", "snapshot", "small");
        long took = (System.nanoTime() - start) / 1_000_000;

        assertThat(said.exitCode()).as(said.toString()).isZero();
        assertThat(killed(kills)).as("killed once, on the host that gives it").hasSize(1);
        System.out.printf("snapshot with its agent killed once: %d ms%n", took);
        assertThat(held()).hasSize(2);
        assertNothingLies();
    }

    /** The hosts whose agents were killed; the others' watchers are told that it is enough. */
    private List<String> killed(Map<String, Process> kills) throws Exception {
        var killed = new ArrayList<String>();
        for (var kill : kills.entrySet()) {
            cluster.lab.sh(kill.getKey(), "touch /root/enough").ok();
            assertThat(kill.getValue().waitFor(30, TimeUnit.SECONDS)).as(kill.getKey()).isTrue();
            String said =
                    new String(
                            kill.getValue().getInputStream().readAllBytes(),
                            StandardCharsets.UTF_8);
            if (said.contains("killed")) {
                killed.add(kill.getKey());
            }
        }
        return killed;
    }

    @Test
    @Order(5)
    void aControllerThatIsKilledInTheMiddleGoesOnAndLeavesNothingHalf() throws Exception {
        Process kill =
                cluster.lab.background(
                        "ctl",
                        "davit=$(systemctl show -P MainPID davit); "
                                + Kill.when(
                                        "[ -n \"$(find "
                                                + HELD
                                                + " -name '*.part' -size +1024k 2>/dev/null)\" ]",
                                        "kill -9 $davit && echo killed"));

        var said = cluster.davit("etcd", "snapshot", "small");

        assertThat(said.exitCode()).as(said.toString()).isZero();
        assertThat(kill.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(new String(kill.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains("killed");
        assertThat(held()).hasSize(3);
        assertNothingLies();
        var size = held().getFirst().path("sizeBytes").asLong();
        long start = System.nanoTime();
        cluster.davit("etcd", "snapshot", "small").ok();
        System.out.printf(
                "snapshot of %d MiB with nothing killed: %d ms%n",
                size >> 20, (System.nanoTime() - start) / 1_000_000);
        assertThat(held()).hasSize(4);
    }

    @Test
    @Order(6)
    void withoutAMemberThatAnswersItIsRefusedAndEachIsNamed() {
        for (String host : ExampleCluster.ETCD) {
            cluster.lab.exec(host, "systemctl", "stop", "davit-agent").ok();
        }
        await().atMost(Duration.ofSeconds(60))
                .until(() ->
                        cluster.davit("hosts", "-o", "json")
                                        .ok()
                                        .split("\"connected\": true", -1)
                                        .length
                                == 2);
        var refused = cluster.davit("etcd", "snapshot", "small");
        assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(3);
        assertThat(refused.toString()).contains("e1").contains("e2").contains("e3");
        assertThat(refused.toString()).contains("it is away");
        for (String host : ExampleCluster.ETCD) {
            cluster.lab.exec(host, "systemctl", "start", "davit-agent").ok();
        }
        cluster.lab.tool("lab/stage", "registered", "4").ok();
    }

    @Test
    @Order(7)
    void aRemovedSnapshotIsGoneAndTakingTheClusterDownTakesTheOthers() throws Exception {
        String name = first.path("name").asString();
        cluster.davit("etcd", "snapshots", "remove", name).ok();
        assertThat(held()).hasSize(3);
        assertNothingLies();
        var gone =
                cluster.lab.sh(
                        "ctl",
                        "davit etcd export " + name + " /root/no --passphrase-file /root/words");
        assertThat(gone.exitCode()).as(gone.toString()).isEqualTo(3);

        cluster.davit("clusters", "remove", "small", "--destroy-data", "--yes-remove", "small")
                .ok();
        assertThat(held()).isEmpty();
        assertThat(cluster.lab.sh("ctl", "ls " + HELD).ok()).isEmpty();
    }
}
