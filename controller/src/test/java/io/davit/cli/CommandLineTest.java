package io.davit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CommandLineTest {

    @TempDir private Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        CommandLine line = Davit.commandLine();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        return line.execute(arguments);
    }

    private String[] init(String... more) {
        var arguments =
                new java.util.ArrayList<>(
                        List.of(
                                "init",
                                "--name",
                                "ctl.example.test,198.18.0.2",
                                "--owner",
                                "root",
                                "--config",
                                directory.resolve("etc/controller.yaml").toString(),
                                "--key-file",
                                directory.resolve("etc/controller.key").toString(),
                                "--state",
                                directory.resolve("state").toString(),
                                "--socket",
                                directory.resolve("run/admin.sock").toString()));
        arguments.addAll(List.of(more));
        return arguments.toArray(String[]::new);
    }

    @Test
    void helpTellsTheExitCodes() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString()).contains("Exit codes:").contains("69");
        assertThat(run("token", "create", "--help")).isZero();
    }

    @Test
    void aWrongCommandLineIs64AndSaysWhereToLook() {
        assertThat(run("hots")).isEqualTo(ExitCode.USAGE);
        assertThat(run("token", "create", "--usse", "2")).isEqualTo(ExitCode.USAGE);
        assertThat(run("token")).isEqualTo(ExitCode.USAGE);
        assertThat(run("init")).isEqualTo(ExitCode.USAGE);
        assertThat(run("artifacts", "remove")).isEqualTo(ExitCode.USAGE);
        assertThat(run("artifacts", "remove", "--unused", "abcdef01")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("want either a SHA-256 or --unused");
        assertThat(run("artifacts", "fetch")).isEqualTo(ExitCode.USAGE);
        assertThat(run(init("--name", "a_b"))).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("davit token create --help");
    }

    @Test
    void aSnapshotIsWrittenOutOnlyWhereTheControllersFilesAre() throws Exception {
        assertThat(run("etcd")).isEqualTo(ExitCode.USAGE);
        assertThat(run("etcd", "snapshot")).isEqualTo(ExitCode.USAGE);
        assertThat(run("etcd", "export", "one")).isEqualTo(ExitCode.USAGE);
        String target = directory.resolve("out").toString();
        String config = directory.resolve("etc/controller.yaml").toString();
        assertThat(run("etcd", "snapshot", "small", "--out", target, "--detach"))
                .isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("leave out --detach");

        assertThat(run("etcd", "snapshot", "small", "--out", target, "--config", config))
                .isEqualTo(ExitCode.FAILED);
        assertThat(err.toString())
                .contains("cannot read " + config)
                .contains("run this there, as root");
        assertThat(run(init())).isZero();
        Path words = Files.writeString(directory.resolve("words"), "correct horse battery staple");
        Files.setPosixFilePermissions(words, PosixFilePermissions.fromString("rw-------"));
        String[] export = {
            "etcd", "export", "one", target, "--config", config, "--passphrase-file", "" + words
        };
        assertThat(run(export)).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("this controller holds none of that name");
        Files.writeString(Path.of(target), "somebody else's");
        assertThat(run(export)).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("none is ever overwritten");
        assertThat(Files.readString(Path.of(target))).isEqualTo("somebody else's");
    }

    @Test
    void initMakesEverythingOnceAndOverwritesNothing() throws Exception {
        assertThat(run(init("--k3s-source", "http://198.18.0.1/k3s"))).isZero();
        assertThat(out.toString()).contains("root pin ");
        Path config = directory.resolve("etc/controller.yaml");
        assertThat(Files.readString(config)).contains("http://198.18.0.1/k3s");
        Path key = directory.resolve("etc/controller.key");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
                .isEqualTo("rw-------");
        byte[] before = Files.readAllBytes(key);
        assertThat(run(init())).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("exists; a controller was made here before");
        assertThat(Files.readAllBytes(key)).isEqualTo(before);
    }

    @Test
    void anInitThatCannotFinishLeavesNothingBehind() throws Exception {
        assertThat(run(init("--owner", "no-such-user"))).isEqualTo(ExitCode.USAGE);
        String[] arguments = init();
        arguments[4] = "no-such-user";
        assertThat(run(arguments)).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("there is no user or group no-such-user");
        assertThat(directory.resolve("etc/controller.key")).doesNotExist();
        assertThat(directory.resolve("state/state.db")).doesNotExist();
        assertThat(run(init())).isZero();
    }

    @Test
    void aControllerThatIsNotThereIs69() {
        assertThat(run("admin", "new", "anna", "--socket", directory + "/none.sock"))
                .isEqualTo(ExitCode.UNREACHABLE);
        assertThat(err.toString()).contains("none.sock");
    }

    @Test
    void serveWithoutAConfigurationSaysHowToMakeOne() {
        assertThat(run("serve", "--config", directory + "/none.yaml")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("davit init");
    }

    @Test
    void versionNeedsNoController() {
        assertThat(run("version", "--client")).isZero();
        assertThat(out.toString()).matches("davit \\d+\\.\\d+\\.\\d+.*\\R");
    }

    @Test
    void aCredentialIsItsOwnersAloneAndComesBackAsItWas() throws Exception {
        var credential =
                new Credential(io.davit.common.Secret.ofText("key"), "crt", "ca", "127.0.0.1:7445");
        Path folder = directory.resolve("home/.config/davit/credential");
        credential.write(folder);
        assertThat(Credential.read(folder)).isEqualTo(credential);
        try (var files = Files.list(folder)) {
            assertThat(files)
                    .hasSize(4)
                    .allMatch(file -> {
                        try {
                            return PosixFilePermissions.toString(
                                            Files.getPosixFilePermissions(file))
                                    .equals("rw-------");
                        } catch (java.io.IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                    });
        }
        assertThat(credential.toString()).doesNotContain("key,").contains("***");
    }

    private io.davit.common.AtomicFiles.Ownership me() throws Exception {
        var mine =
                Files.readAttributes(directory, java.nio.file.attribute.PosixFileAttributes.class);
        return new io.davit.common.AtomicFiles.Ownership(
                mine.owner().getName(), mine.group().getName());
    }

    @Test
    void aCredentialForSomebodyElseIsWrittenBelowTheirHome() throws Exception {
        var credential =
                new Credential(io.davit.common.Secret.ofText("key"), "crt", "ca", "127.0.0.1:7445");

        credential.writeBelow(directory, me());

        Path folder = Credential.folderBelow(directory);
        assertThat(Credential.read(folder)).isEqualTo(credential);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                .isEqualTo("rwx------");
        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(folder.resolve("operator.key"))))
                .isEqualTo("rw-------");
    }

    @Test
    void noLinkBelowTheHomeOfSomebodyElseIsFollowed() throws Exception {
        var credential =
                new Credential(io.davit.common.Secret.ofText("key"), "crt", "ca", "127.0.0.1:7445");
        for (String linked : List.of(".config", ".config/davit", ".config/davit/credential")) {
            Path home = Files.createTempDirectory(directory, "home");
            Path elsewhere = Files.createTempDirectory(directory, "elsewhere");
            Path link = home.resolve(linked);
            Files.createDirectories(link.getParent());
            Files.createSymbolicLink(link, elsewhere);

            org.assertj.core.api.Assertions.assertThatThrownBy(
                            () -> credential.writeBelow(home, me()))
                    .hasMessageContaining(link + " is a link");

            try (var files = Files.list(elsewhere)) {
                assertThat(files).isEmpty();
            }
        }
    }

    @CommandLine.Command(name = "broken")
    static final class Broken implements java.util.concurrent.Callable<Integer> {
        @Override
        public Integer call() {
            throw new IllegalStateException("two and two are five");
        }
    }

    @Test
    void whatMustNotHappenIsADefectNotARefusal() {
        CommandLine line = Davit.commandLine();
        line.addSubcommand(new Broken());
        line.setErr(new PrintWriter(err, true));

        assertThat(line.execute("broken")).isEqualTo(ExitCode.DEFECT).isEqualTo(1);

        assertThat(err.toString()).contains("two and two are five", "report it");
    }

    @Test
    void aKubeconfigIsMergedWhereKubectlWouldChangeIt() {
        Path home = Path.of("/home/anna");
        assertThat(KubeconfigCommand.usualFile(Optional.empty(), home))
                .isEqualTo(home.resolve(".kube/config"));
        assertThat(KubeconfigCommand.usualFile(Optional.of(""), home))
                .isEqualTo(home.resolve(".kube/config"));
        assertThat(KubeconfigCommand.usualFile(Optional.of(":/k/one:/k/two"), home))
                .isEqualTo(Path.of("/k/one"));
    }

    @Test
    void nobodyIsKeptFromAKubeconfigWhileTheControllerIsAsked() throws Exception {
        Path file = directory.resolve("config");
        Files.writeString(file, "current-context: before\n");
        var command = new KubeconfigCommand();
        new CommandLine(command).parseArgs("prod", "--merge", file.toString());

        command.write(
                file,
                () -> {
                    assertThat(directory.resolve("config.lock")).doesNotExist();
                    try {
                        Files.writeString(file, "current-context: meanwhile\n");
                    } catch (java.io.IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                    return io.davit.proto.operator.v1.KubeconfigResponse.newBuilder()
                            .setKubeconfigYaml(
                                    """
                                    clusters: [{name: prod, cluster: {server: "https://h:6443"}}]
                                    users: [{name: prod, user: {}}]
                                    contexts: [{name: prod, context: {cluster: prod, user: prod}}]
                                    current-context: prod
                                    """)
                            .build();
                });

        assertThat(Files.readString(file)).contains("meanwhile", "https://h:6443");
        assertThat(Files.readString(directory.resolve("config.bak"))).contains("meanwhile");
    }

    @Test
    void aKubeconfigIsEitherAFileOrMergedAndLivesAYearAtMost() {
        assertThat(run("kubeconfig", "prod", "-f", "x", "--merge")).isEqualTo(ExitCode.USAGE);
        assertThat(run("kubeconfig", "prod", "--life", "366d")).isEqualTo(ExitCode.USAGE);
        assertThat(run("kubeconfig", "prod", "--life", "0s")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("--merge keeps what is in it", "to 365d");
        assertThat(run("kubeconfig", "--help")).isZero();
        assertThat(out.toString()).contains("comments may get lost");
    }

    @Test
    void durationsAndAgesReadAsPeopleWriteThem() {
        assertThat(Times.parse("90s")).isEqualTo(Duration.ofSeconds(90));
        assertThat(Times.parse("7d")).isEqualTo(Duration.ofDays(7));
        Instant now = Instant.ofEpochSecond(1_000_000);
        var at = com.google.protobuf.Timestamp.newBuilder().setSeconds(1_000_000 - 200).build();
        assertThat(Times.relative(at, now)).isEqualTo("3m ago");
    }
}
