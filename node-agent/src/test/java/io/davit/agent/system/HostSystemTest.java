package io.davit.agent.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real seams, as far as any machine has them. */
final class HostSystemTest {

    @TempDir Path directory;

    private final HostProcesses processes = new HostProcesses();

    private HostFiles files() throws IOException {
        String user = Files.getOwner(directory).getName();
        return new HostFiles(directory, name -> user);
    }

    @Test
    void aProgramHasACleanEnvironmentAndWhatItIsGiven() throws Exception {
        var finished =
                processes.run(
                        new Command(
                                List.of("env"),
                                Map.of("KUBECONFIG", "/x"),
                                new byte[0],
                                Duration.ofSeconds(10)));
        assertThat(finished.stdout().lines().map(line -> line.split("=", 2)[0]))
                .containsExactlyInAnyOrder("PATH", "LC_ALL", "HOME", "KUBECONFIG");
    }

    @Test
    void aProgramReadsWhatItIsGivenAndItsOutputIsCapped() throws Exception {
        byte[] large = new byte[3 * 1024 * 1024];
        var finished =
                processes.run(new Command(List.of("cat"), Map.of(), large, Duration.ofSeconds(20)));
        assertThat(finished.exitCode()).isZero();
        assertThat(finished.stdout()).hasSize(1024 * 1024);
    }

    @Test
    void aProgramIsKilledAtItsDeadlineWithItsChildren() throws Exception {
        long before = System.nanoTime();
        var finished =
                processes.run(Command.of(Duration.ofMillis(300), "sh", "-c", "sleep 100 & wait"));
        assertThat(finished.exitCode()).isEqualTo(Finished.DEADLINE);
        assertThat(finished.cause()).isEqualTo("no answer before the deadline");
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(30));
    }

    @Test
    void theLastWordsOfAProgramAreItsCause() throws Exception {
        var finished =
                processes.run(
                        Command.of(
                                Duration.ofSeconds(10),
                                "sh",
                                "-c",
                                "echo first >&2; printf '\\033[31mlast\\n' >&2; exit 3"));
        assertThat(finished.exitCode()).isEqualTo(3);
        assertThat(finished.cause()).isEqualTo("\\x1b[31mlast");
    }

    @Test
    void filesAreReplacedWholeAndDigestsFollowThem() throws IOException {
        var files = files();
        files.write("/a", "one".getBytes(StandardCharsets.UTF_8), 0640, "root", "root");
        String first = files.digest("/a").orElseThrow();
        files.write("/a", "two".getBytes(StandardCharsets.UTF_8), 0600, "root", "root");

        assertThat(files.digest("/a").orElseThrow()).isNotEqualTo(first);
        assertThat(files.status("/a").orElseThrow().modeText()).isEqualTo("0600");
        assertThat(files.list("/")).containsExactly("a");
    }

    @Test
    void aDigestIsReadAnewAfterAWriteInPlaceOfTheSameLength() throws IOException {
        var files = files();
        Files.writeString(directory.resolve("a"), "one");
        String first = files.digest("/a").orElseThrow();
        Files.writeString(directory.resolve("a"), "two");
        assertThat(files.digest("/a").orElseThrow()).isNotEqualTo(first);
    }

    @Test
    void linksAreNeverFollowed() throws IOException {
        var files = files();
        Files.writeString(directory.resolve("target"), "x");
        files.link("/link", "target");
        assertThat(files.status("/link").orElseThrow().kind()).isEqualTo(FileStatus.Kind.LINK);
        assertThatThrownBy(() -> files.read("/link", 10)).hasMessageContaining("not a regular");
        files.link("/link", "other");
        assertThat(files.linkTarget("/link")).contains("other");
    }

    @Test
    void whatIsBelowAFileOrNothingIsAbsent() throws IOException {
        var files = files();
        Files.writeString(directory.resolve("file"), "x");
        assertThat(files.status("/file/below")).isEmpty();
        assertThat(files.status("/none/below")).isEmpty();
        assertThat(files.list("/none")).isEmpty();
        assertThatThrownBy(() -> files.read("/file", 0)).hasMessageContaining("longer than 0");
    }

    @Test
    void aListeningPortIsSeenAndReachedAndARefusingHostIsReachable() throws Exception {
        var network =
                new HostNetwork(HostFiles.ofHost(), new FakeTransientUnits(HostFiles.ofHost()));
        int port;
        try (var socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            port = socket.getLocalPort();
            assertThat(network.listeners())
                    .anyMatch(listener -> listener.port() == port && listener.loopback());
            network.reach("127.0.0.1", port, Duration.ofSeconds(3));
        }
        network.reach("127.0.0.1", port, Duration.ofSeconds(3));
        assertThat(network.holder(port)).isEqualTo("another program");
    }

    @Test
    void unitNamesAreMadeOfWhatSystemdTakes() {
        assertThat(TransientUnits.name("op-7", "e1/etcd/prepare:x y", "useradd-etcd"))
                .isEqualTo("davit-op-7-e1_etcd_prepare_x_y-useradd-etcd");
    }

    @Test
    void aUnitIsDisabledWithoutTheInitScriptOfItsPackage() throws Exception {
        var environments = new ArrayList<Map<String, String>>();
        new SystemctlSystemd(
                        command -> {
                            environments.add(command.environment());
                            return new Finished(0, "", "");
                        })
                .disable("haproxy");
        assertThat(environments).containsExactly(Map.of("SYSTEMCTL_SKIP_SYSV", "1"));
    }

    @Test
    void whatSystemctlShowsIsUnderstood() throws Exception {
        var fake = new FakeProcesses();
        fake.when(
                argv -> argv.contains("show"),
                argv ->
                        new Finished(
                                0,
                                """
                                LoadState=loaded
                                ActiveState=activating
                                SubState=auto-restart
                                UnitFileState=enabled
                                FragmentPath=/etc/systemd/system/etcd.service
                                InvocationID=aa
                                NRestarts=3
                                Job=17
                                AssertResult=no
                                AssertTimestampMonotonic=12
                                Result=exit-code
                                NeedDaemonReload=yes
                                """,
                                ""));
        UnitStatus status = new SystemctlSystemd(fake).unit("etcd");
        assertThat(status.up()).isTrue();
        assertThat(status.enabled()).isTrue();
        assertThat(status.job()).isEqualTo(17);
        assertThat(status.asserted()).isFalse();
        assertThat(status.needsReload()).isTrue();
        assertThat(status.restarts()).isEqualTo(3);
    }

    @Test
    void severalUnitsAreShownInTheOrderAskedFor() throws Exception {
        var fake = new FakeProcesses();
        fake.when(
                argv -> argv.contains("show"),
                argv ->
                        new Finished(
                                0,
                                """
                                LoadState=loaded
                                ActiveState=active

                                LoadState=not-found
                                ActiveState=inactive

                                LoadState=loaded
                                ActiveState=failed
                                """,
                                ""));
        var systemd = new SystemctlSystemd(fake);
        var units = systemd.units(List.of("etcd", "k3s", "haproxy"));
        assertThat(units.keySet()).containsExactly("etcd", "k3s", "haproxy");
        assertThat(units.values().stream().map(UnitStatus::activeState))
                .containsExactly("active", "inactive", "failed");
        assertThatThrownBy(() -> systemd.units(List.of("etcd", "k3s")))
                .hasMessageContaining("answered 3 units, asked for 2");
        assertThat(systemd.units(List.of())).isEmpty();
    }
}
