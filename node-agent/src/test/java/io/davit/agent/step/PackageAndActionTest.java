package io.davit.agent.step;

import static io.davit.agent.step.EngineHarness.step;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.davit.agent.profile.Action;
import io.davit.agent.profile.Catalogue;
import io.davit.agent.profile.OsPackage;
import io.davit.agent.profile.Profile;
import io.davit.agent.system.Finished;
import io.davit.common.Digests;
import io.davit.common.StrictTar;
import io.davit.proto.agent.v1.EnsurePackage;
import io.davit.proto.agent.v1.HeldPackages;
import io.davit.proto.agent.v1.Obstacle;
import io.davit.proto.agent.v1.RunAction;
import io.davit.proto.agent.v1.Step;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kinds that no role uses yet, on a profile of the test's own. */
final class PackageAndActionTest {

    @TempDir Path directory;

    private static final Pattern WORD = Pattern.compile("[a-z0-9]+");

    private EngineHarness harness(Action... actions) throws Exception {
        var profile =
                new Profile(
                        "test",
                        List.of(),
                        List.of(),
                        List.of(),
                        Map.of(),
                        List.of(new OsPackage("haproxy", "haproxy")),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(actions),
                        List.of(),
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        List.of());
        return new EngineHarness(directory, new Catalogue(List.of(profile)));
    }

    private static Step install(String version) {
        return step("test", "package")
                .setEnsurePackage(
                        EnsurePackage.newBuilder().setPackage("haproxy").setVersion(version))
                .build();
    }

    private static Step run(String action, Map<String, String> arguments) {
        return step("test", "run")
                .setRunAction(RunAction.newBuilder().setAction(action).putAllArgs(arguments))
                .build();
    }

    @Test
    void aPackageIsInstalledWithItsUnitMaskedMeanwhile() throws Exception {
        try (var harness = harness()) {
            var installed = new AtomicReference<>("");
            harness.host
                    .processes()
                    .when(
                            argv -> argv.getFirst().equals("dpkg-query"),
                            argv -> new Finished(0, installed.get(), ""));
            harness.host
                    .processes()
                    .when(
                            argv -> argv.getFirst().equals("apt-cache"),
                            argv -> new Finished(0, "haproxy:\n  Candidate: 2.6.12-1\n", ""));
            assertThat(
                            harness.engine()
                                    .check(List.of(install("")))
                                    .getFirst()
                                    .getWouldChange()
                                    .getChange())
                    .contains("candidate 2.6.12-1");
            assertThat(harness.host.transientUnits().ran()).isEmpty();
            assertThat(harness.host.processes().ran())
                    .anyMatch(argv -> argv.contains("Dir::Cache::pkgcache="));

            var refused = harness.one(install(""));
            assertThat(refused.getFailed().getWhy()).startsWith("cannot verify install haproxy");
            assertThat(harness.host.systemd().calls())
                    .containsExactly("mask haproxy", "unmask haproxy");
            assertThat(harness.host.transientUnits().ran().getLast())
                    .contains("--option=Dpkg::Options::=--force-confold")
                    .endsWith("install", "--", "haproxy");

            installed.set("installed 2.6.12-1");
            assertThat(harness.one(install("")).hasUnchanged()).isTrue();
            assertThat(harness.one(install("2.6.12-1")).hasUnchanged()).isTrue();
            assertThat(harness.one(install("$(reboot)")).hasFailed()).isTrue();
        }
    }

    private static byte[] set(String... names) throws Exception {
        var out = new ByteArrayOutputStream();
        var tar = new StrictTar.Writer(out);
        for (String name : names) {
            byte[] content = name.getBytes(StandardCharsets.UTF_8);
            tar.add(name, content.length, new ByteArrayInputStream(content));
        }
        tar.end();
        return out.toByteArray();
    }

    private static Step held(byte[] set, String release) {
        return step("test", "package")
                .setEnsurePackage(
                        EnsurePackage.newBuilder()
                                .setPackage("haproxy")
                                .setHeld(
                                        HeldPackages.newBuilder()
                                                .setRelease(release)
                                                .setArch("amd64")
                                                .setSha256(Digests.sha256Hex(set))
                                                .setSizeBytes(set.length)
                                                .setOffered("2.6.12-1")))
                .build();
    }

    @Test
    void aPackageFromAHeldSetComesFromThereAndFromNowhereElse() throws Exception {
        try (var harness = harness()) {
            byte[] set = set("Packages", "haproxy_2.6.12-1_amd64.deb");
            String sha256 = Digests.sha256Hex(set);
            harness.published.put(sha256, set);
            assertThat(
                            harness.engine()
                                    .check(List.of(held(set, "debian-12")))
                                    .getFirst()
                                    .getWouldChange()
                                    .getChange())
                    .isEqualTo(
                            "would install haproxy 2.6.12-1 from the packages held for debian-12"
                                    + " (would fetch %d bytes)".formatted(set.length));

            harness.one(held(set, "debian-12"));
            var argv = harness.host.transientUnits().ran().getLast();
            String there = "/opt/davit/packages/" + sha256;
            assertThat(argv)
                    .contains(
                            "--option=Dir::Etc::sourcelist=" + there + "/source.list",
                            "--option=Dir::Etc::sourceparts=/dev/null",
                            "--option=Dir::State::lists=/opt/davit/packages/.lists")
                    .doesNotContain("--allow-downgrades")
                    .endsWith("install", "--", "haproxy");
            var files = harness.host.system().files();
            assertThat(files.list(there))
                    .containsExactly("Packages", "haproxy_2.6.12-1_amd64.deb", "source.list");
            assertThat(new String(files.read(there + "/source.list", 200), StandardCharsets.UTF_8))
                    .isEqualTo("deb [trusted=yes] file:%s ./\n".formatted(there));
            assertThat(harness.offsets).as("the set is fetched once").hasSize(1);
            harness.one(held(set, "debian-12"));
            assertThat(harness.offsets).hasSize(1);

            byte[] newer = set("Packages", "haproxy_2.6.13-1_amd64.deb");
            harness.published.put(Digests.sha256Hex(newer), newer);
            harness.one(held(newer, "debian-12"));
            assertThat(files.list(there)).as("an older set goes").isEmpty();
        }
    }

    @Test
    void aSetForAnotherSystemOrWithOtherFilesIsRefusedBeforeAptRuns() throws Exception {
        try (var harness = harness()) {
            byte[] good = set("Packages");
            assertThat(harness.one(held(good, "debian-13")).getFailed().getWhy())
                    .contains("for debian-13 amd64, this host is debian-12 amd64");
            for (String name : List.of("etc/cron.d/x", "install.sh", "source.list")) {
                byte[] bad = set("Packages", name);
                harness.published.put(Digests.sha256Hex(bad), bad);
                assertThat(harness.one(held(bad, "debian-12")).getFailed().getWhy())
                        .contains("cannot unpack");
                assertThat(
                                harness.host
                                        .system()
                                        .files()
                                        .list("/opt/davit/packages/" + Digests.sha256Hex(bad)))
                        .isEmpty();
            }
            assertThat(harness.host.transientUnits().ran()).isEmpty();
        }
    }

    @Test
    void aHostWhoseAptHasNoSourceSaysSoAsAnObstacle() throws Exception {
        try (var harness = harness()) {
            var files = harness.host.system().files();
            assertThat(sources(harness)).isEmpty();
            files.delete("/etc/apt/sources.list");
            assertThat(sources(harness)).containsExactly("haproxy");
            files.makeOwnDirectories("/etc/apt/sources.list.d", 0755);
            write(harness, "sources.list", "# deb http://x y main\ndeb-src http://x y main\n");
            write(harness, "sources.list.d/a.sources", "Types: deb\nURIs: http://x\nEnabled: no\n");
            write(harness, "sources.list.d/b.list.save", "deb http://x y main\n");
            assertThat(sources(harness)).containsExactly("haproxy");
            write(harness, "sources.list.d/b.sources", "Types: deb-src\n\nTypes: deb deb-src\n");
            assertThat(sources(harness)).isEmpty();
            write(harness, "sources.list.d/b.sources", "");
            write(harness, "sources.list", " deb [trusted=yes] file:/srv ./\n");
            assertThat(sources(harness)).isEmpty();
        }
    }

    private static void write(EngineHarness harness, String name, String text) throws Exception {
        Files.writeString(harness.host.system().files().resolve("/etc/apt/" + name), text);
    }

    private static List<String> sources(EngineHarness harness) throws Exception {
        return harness.engine().observe().getRoles(0).getObstaclesList().stream()
                .filter(obstacle -> obstacle.getKind().equals("no package source"))
                .map(Obstacle::getWhat)
                .toList();
    }

    /** dpkg ends in a unit of its own, also when the agent is killed meanwhile. */
    @Test
    void anInstallationWhoseAgentWasKilledIsNotDoneBeforeItsUnitIsUnmasked() throws Exception {
        try (var harness = harness()) {
            harness.host
                    .processes()
                    .when(
                            argv -> argv.getFirst().equals("dpkg-query"),
                            argv -> new Finished(0, "installed 2.6.12-1", ""));
            harness.host.systemd().mask("haproxy");
            assertThat(packageSeen(harness)).isEmpty();

            assertThat(harness.one(install("")).getChanged().getWhat())
                    .isEqualTo("unmasked haproxy");
            assertThat(harness.host.transientUnits().ran()).as("no apt again").isEmpty();
            assertThat(packageSeen(harness)).isEqualTo("2.6.12-1");
        }
    }

    private static String packageSeen(EngineHarness harness) throws Exception {
        return harness.engine().observe().getRoles(0).getPackages(0).getVersion();
    }

    @Test
    void anActionsArgumentsAreHeldToTheirGrammarsAndNeverMeetAShell() throws Exception {
        var action =
                new Action.Argv(
                        "greet",
                        Map.of("name", WORD),
                        Duration.ofSeconds(5),
                        List.of("greet", "--", "{{name}}"));
        try (var harness = harness(action)) {
            harness.host
                    .processes()
                    .when(
                            argv -> argv.equals(List.of("greet", "--", "davit")),
                            argv -> new Finished(0, "hello davit\nmore\n", ""));
            assertThat(harness.one(run("greet", Map.of("name", "davit"))).getChanged().getWhat())
                    .isEqualTo("ran greet: hello davit");
            for (var bad :
                    List.of(
                            Map.of("name", "; reboot"),
                            Map.<String, String>of(),
                            Map.of("name", "a", "other", "b"))) {
                assertThat(harness.one(run("greet", bad)).hasFailed()).isTrue();
            }
            assertThat(harness.one(run("reboot", Map.of())).getFailed().getWhy())
                    .isEqualTo("cannot run \"reboot\": role test has no such action");
            assertThat(
                            harness.engine()
                                    .check(List.of(run("greet", Map.of("name", "davit"))))
                                    .getFirst()
                                    .hasCannotTell())
                    .isTrue();
        }
    }

    @Test
    void aSocketIsAskedOneLineAndAnsweredToItsEnd() throws Exception {
        Path socket = directory.resolve("root/run/s");
        var action =
                new Action.UnixSocketLine(
                        "ask",
                        Map.of("what", WORD),
                        Duration.ofSeconds(5),
                        "/run/s",
                        "show {{what}}",
                        Optional.empty(),
                        Optional.empty());
        try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                var harness = harness(action)) {
            Files.createDirectories(directory.resolve("root/run"));
            server.bind(UnixDomainSocketAddress.of(socket));
            var asked =
                    CompletableFuture.supplyAsync(() -> {
                        try (var client = server.accept()) {
                            var buffer = ByteBuffer.allocate(100);
                            client.read(buffer);
                            client.write(
                                    ByteBuffer.wrap("fine\n".getBytes(StandardCharsets.UTF_8)));
                            return new String(
                                    buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8);
                        } catch (java.io.IOException e) {
                            return e.toString();
                        }
                    });
            assertThat(harness.one(run("ask", Map.of("what", "stat"))).getChanged().getWhat())
                    .isEqualTo("ran ask: fine");
            assertThat(asked.get(10, java.util.concurrent.TimeUnit.SECONDS))
                    .isEqualTo("show stat\n");
        }
    }

    @Test
    void aServiceOnLoopbackIsAskedAndItsRefusalIsAFailure() throws Exception {
        var server =
                HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    boolean good = exchange.getRequestURI().getPath().equals("/good");
                    exchange.sendResponseHeaders(good ? 200 : 503, 3);
                    exchange.getResponseBody().write("yes".getBytes(StandardCharsets.UTF_8));
                    exchange.close();
                });
        server.start();
        try (var harness =
                harness(
                        new Action.LoopbackHttp(
                                "http",
                                Map.of("path", WORD),
                                Duration.ofSeconds(5),
                                "POST",
                                server.getAddress().getPort(),
                                "/{{path}}"))) {
            assertThat(harness.one(run("http", Map.of("path", "good"))).getChanged().getWhat())
                    .isEqualTo("ran http: yes");
            assertThat(harness.one(run("http", Map.of("path", "bad"))).getFailed().getWhy())
                    .isEqualTo("cannot run http: it answered 503");
        } finally {
            server.stop(0);
        }
    }
}
