package io.davit.cli;

import io.davit.cli.view.PlanText;
import io.davit.controller.backup.SnapshotExport;
import io.davit.controller.serve.ServerConfig;
import io.davit.controller.serve.ServerConfigReader;
import io.davit.controller.serve.ServerConfigReader.BadConfigException;
import io.davit.controller.serve.Version;
import io.davit.controller.store.StoreException;
import io.davit.proto.operator.v1.ListSnapshotsRequest;
import io.davit.proto.operator.v1.ListSnapshotsResponse;
import io.davit.proto.operator.v1.RemoveSnapshotRequest;
import io.davit.proto.operator.v1.RemoveSnapshotResponse;
import io.davit.proto.operator.v1.Snapshot;
import io.davit.proto.operator.v1.TakeSnapshotRequest;
import io.davit.proto.operator.v1.TakeSnapshotResponse;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What is done to clusters' etcd by itself. */
@Command(
        name = "etcd",
        description = "Snapshots of clusters' etcd.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            EtcdCommand.Take.class,
            EtcdCommand.Snapshots.class,
            EtcdCommand.Export.class
        },
        footerHeading = "%nExamples:%n",
        footer = {"  davit etcd snapshot prod", "  davit etcd snapshots prod"})
final class EtcdCommand {

    private EtcdCommand() {}

    private static String at(Snapshot snapshot) {
        return Instant.ofEpochSecond(snapshot.getTakenAt().getSeconds()).toString();
    }

    private static void table(Output out, List<Snapshot> snapshots) {
        var rows = new ArrayList<List<String>>();
        for (Snapshot snapshot : snapshots) {
            rows.add(
                    List.of(
                            snapshot.getCluster(),
                            snapshot.getName(),
                            at(snapshot),
                            snapshot.getHost(),
                            snapshot.getEtcdVersion(),
                            snapshot.getK3SVersion(),
                            Long.toUnsignedString(snapshot.getRevision()),
                            Long.toUnsignedString(snapshot.getTotalKeys()),
                            size(snapshot),
                            snapshot.getMissing() ? "missing" : "held"));
        }
        out.table(
                List.of(
                        "CLUSTER",
                        "SNAPSHOT",
                        "TAKEN",
                        "FROM",
                        "ETCD",
                        "K3S",
                        "REVISION",
                        "KEYS",
                        "SIZE",
                        "STATE"),
                rows);
    }

    private static String size(Snapshot snapshot) {
        return "%.1f MiB".formatted(snapshot.getSizeBytes() / 1024.0 / 1024.0);
    }

    /** What writes into files on the controller's host. */
    private static final class Exporting {

        private final Path config;
        private final PassphraseOptions passphrase;

        Exporting(Path config, PassphraseOptions passphrase) {
            this.config = config;
            this.passphrase = passphrase;
        }

        /**
         * Whether this can write such a file here at all, before anything is done.
         *
         * @throws CliException if not
         */
        void check(Path file) {
            ServerConfig read = read();
            if (Files.exists(file)) {
                throw new CliException(
                        ExitCode.FAILED,
                        "cannot write " + file + ": it exists, and none is ever overwritten",
                        "");
            }
            if (!Files.isReadable(read.keyFile())) {
                throw onTheController("cannot read " + read.keyFile());
            }
        }

        private static CliException onTheController(String what) {
            return new CliException(
                    ExitCode.FAILED,
                    what,
                    "a snapshot leaves the controller only as a file that root writes on its"
                            + " host: run this there, as root");
        }

        private ServerConfig read() {
            try {
                return ServerConfigReader.read(config);
            } catch (NoSuchFileException | AccessDeniedException e) {
                throw onTheController("cannot read " + e.getFile());
            } catch (BadConfigException | IOException e) {
                throw new CliException(ExitCode.FAILED, String.valueOf(e.getMessage()), "");
            }
        }

        void write(String snapshot, Path file, Output out) {
            ServerConfig read = read();
            try {
                var exported =
                        SnapshotExport.run(
                                read.state(),
                                read.keyFile(),
                                snapshot,
                                file.toAbsolutePath(),
                                passphrase.fresh(),
                                Version.current(),
                                Clock.systemUTC());
                if (!out.json()) {
                    out.line(
                            "wrote snapshot %s of cluster %s, its tokens and its CAs to %s"
                                    .formatted(exported.name(), exported.cluster(), file));
                    out.line("open it: gpg --decrypt FILE | tar x");
                }
            } catch (AccessDeniedException e) {
                throw onTheController("cannot read " + e.getFile());
            } catch (IOException | StoreException e) {
                throw new CliException(ExitCode.FAILED, String.valueOf(e.getMessage()), "");
            }
        }
    }

    @Command(
            name = "snapshot",
            description = {
                "Takes a snapshot of a cluster's etcd from a healthy member. The controller holds"
                        + " it, sealed.",
                "With --out, as root on the controller's host, it is also written into a file with"
                        + " all that is needed to restore it."
            },
            footerHeading = "%nExamples:%n",
            footer = {
                "  davit etcd snapshot prod",
                "  davit etcd snapshot prod --out /root/prod.snapshot --passphrase-file words"
            })
    static final class Take implements Callable<Integer> {

        @Parameters(paramLabel = "CLUSTER", description = "The cluster's name.")
        private String cluster = "";

        @Option(
                names = "--out",
                paramLabel = "FILE",
                description = "The encrypted file to write; it must not exist.")
        private @Nullable Path file;

        @Mixin private ConfigOptions config = new ConfigOptions();

        @Mixin private PassphraseOptions passphrase = new PassphraseOptions();

        @Mixin private OutputOptions output = new OutputOptions();

        @Mixin private StartOptions start = new StartOptions();

        @Spec private CommandSpec command = CommandSpec.create();

        @Override
        public Integer call() {
            Optional<Path> target = Optional.ofNullable(file);
            var exporting = new Exporting(config.file(), passphrase);
            if (target.isPresent() && start.detaches()) {
                throw new CliException(
                        ExitCode.USAGE,
                        "cannot write a file of a snapshot that is not waited for",
                        "leave out --detach, or export it later: davit etcd export");
            }
            target.ifPresent(exporting::check);
            Output out = output.to(command);
            try (Connection controller = Connection.usual()) {
                TakeSnapshotResponse answer =
                        controller.ask(c ->
                                c.snapshots()
                                        .take(
                                                TakeSnapshotRequest.newBuilder()
                                                        .setCluster(cluster)
                                                        .build()));
                if (answer.getRefusedCount() > 0) {
                    out.show(answer, () -> out.line(PlanText.refused(answer.getRefusedList())));
                    return ExitCode.FAILED;
                }
                String name = answer.getOperationId();
                if (start.detaches()) {
                    return start.follow(name, answer, controller, out);
                }
                int code = start.watch(controller, out).untilWell(name);
                if (code == ExitCode.OK) {
                    tell(controller, name, out);
                    target.ifPresent(path -> exporting.write(name, path, out));
                }
                return code;
            }
        }

        private void tell(Connection controller, String name, Output out) {
            var held =
                    controller
                            .ask(c ->
                                    c.snapshots()
                                            .list(
                                                    ListSnapshotsRequest.newBuilder()
                                                            .setCluster(cluster)
                                                            .build()))
                            .getSnapshotsList()
                            .stream()
                            .filter(snapshot -> snapshot.getName().equals(name))
                            .findFirst()
                            .orElseThrow(() ->
                                    new CliException(
                                            ExitCode.FAILED,
                                            "snapshot " + name + " is not held any more",
                                            "see davit etcd snapshots " + cluster));
            out.show(held, () -> tell(held, out));
        }

        private static void tell(Snapshot held, Output out) {
            out.line("snapshot  " + held.getName());
            out.line("member    %s on %s".formatted(held.getMemberId(), held.getHost()));
            out.line("revision  " + Long.toUnsignedString(held.getRevision()));
            out.line("keys      " + Long.toUnsignedString(held.getTotalKeys()));
            out.line("size      %d bytes".formatted(held.getSizeBytes()));
            out.line("sha256    " + held.getSha256());
            out.line("held at   " + held.getPath() + ", sealed, on the controller's host");
        }
    }

    @Command(
            name = "snapshots",
            description = "Lists the snapshots that the controller holds; removes one.",
            subcommands = {Remove.class},
            footerHeading = "%nExamples:%n",
            footer = {"  davit etcd snapshots", "  davit etcd snapshots prod -o json"})
    static final class Snapshots implements Callable<Integer> {

        @Parameters(
                arity = "0..1",
                paramLabel = "CLUSTER",
                description = "Only those of this cluster.")
        private String cluster = "";

        @Mixin private OutputOptions output = new OutputOptions();

        @Spec private CommandSpec command = CommandSpec.create();

        @Override
        public Integer call() {
            ListSnapshotsResponse answer =
                    Ask.controller(connection ->
                            connection
                                    .snapshots()
                                    .list(
                                            ListSnapshotsRequest.newBuilder()
                                                    .setCluster(cluster)
                                                    .build()));
            Output out = output.to(command);
            out.show(
                    answer,
                    () -> {
                        if (answer.getSnapshotsCount() == 0) {
                            out.line("no snapshots; take one with davit etcd snapshot CLUSTER");
                        } else {
                            table(out, answer.getSnapshotsList());
                        }
                    });
            return ExitCode.OK;
        }
    }

    @Command(
            name = "remove",
            description = "Removes a snapshot for good.",
            footerHeading = "%nExamples:%n",
            footer = "  davit etcd snapshots remove 20261123-160501-k7qm")
    static final class Remove implements Callable<Integer> {

        @Parameters(paramLabel = "SNAPSHOT", description = "Its name.")
        private String name = "";

        @Mixin private OutputOptions output = new OutputOptions();

        @Spec private CommandSpec command = CommandSpec.create();

        @Override
        public Integer call() {
            RemoveSnapshotResponse answer =
                    Ask.controller(connection ->
                            connection
                                    .snapshots()
                                    .remove(
                                            RemoveSnapshotRequest.newBuilder()
                                                    .setName(name)
                                                    .build()));
            Output out = output.to(command);
            out.show(
                    answer,
                    () ->
                            out.line(
                                    "removed snapshot %s of cluster %s"
                                            .formatted(
                                                    answer.getSnapshot().getName(),
                                                    answer.getSnapshot().getCluster())));
            return ExitCode.OK;
        }
    }

    @Command(
            name = "export",
            description = {
                "Writes a held snapshot with the cluster's tokens and CAs into one encrypted file,"
                        + " as root on the controller's host, whether davit serve runs or not.",
                "Keep the file on another machine, and its passphrase apart from it: together they"
                        + " are everything that the cluster keeps secret."
            },
            footerHeading = "%nExamples:%n",
            footer = {
                "  davit etcd export 20261123-160501-k7qm /root/prod.snapshot",
                "  gpg --decrypt /root/prod.snapshot | tar x     # opens it without Davit"
            })
    static final class Export implements Callable<Integer> {

        @Parameters(
                index = "0",
                paramLabel = "SNAPSHOT",
                description = "Its name; davit etcd snapshots lists them.")
        private String name = "";

        @Parameters(
                index = "1",
                paramLabel = "FILE",
                description = "The file to write; it must not exist.")
        private Path file = Path.of("");

        @Mixin private ConfigOptions config = new ConfigOptions();

        @Mixin private PassphraseOptions passphrase = new PassphraseOptions();

        @Spec private CommandSpec command = CommandSpec.create();

        @Override
        public Integer call() {
            var exporting = new Exporting(config.file(), passphrase);
            exporting.check(file);
            exporting.write(
                    name, file, new Output(command.commandLine().getOut(), Output.Format.text));
            return ExitCode.OK;
        }
    }
}
