package io.davit.cli;

import io.davit.controller.backup.Backup;
import io.davit.controller.serve.ServerConfig;
import io.davit.controller.serve.ServerConfigReader;
import io.davit.controller.serve.ServerConfigReader.BadConfigException;
import io.davit.controller.serve.Version;
import io.davit.controller.store.StoreException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "backup",
        description = {
            "Writes what this controller cannot make again into one encrypted file, as root on its"
                    + " host, whether davit serve runs or not.",
            "Keep the file on another machine, and its passphrase apart from it: together they are"
                    + " every key of every cluster."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  sudo davit backup /root/davit-2026-11-23.backup",
            "  sudo davit backup FILE --passphrase-file /root/passphrase",
            "  gpg --decrypt FILE | tar tv     # a look into it, without davit"
        })
final class BackupCommand implements Callable<Integer> {

    @Parameters(paramLabel = "FILE", description = "The file to write; it must not exist.")
    private Path file = Path.of("");

    @Mixin private ConfigOptions config = new ConfigOptions();

    @Mixin private PassphraseOptions passphrase = new PassphraseOptions();

    @Spec private CommandSpec command = CommandSpec.create();

    @Override
    public Integer call() {
        try {
            ServerConfig read = ServerConfigReader.read(config.file());
            var taken =
                    Backup.run(
                            new Backup.Sources(
                                    config.file().toAbsolutePath(),
                                    read.keyFile(),
                                    read.state(),
                                    List.of(read.monitoringToken())),
                            file.toAbsolutePath(),
                            passphrase.fresh(),
                            Version.current(),
                            Clock.systemUTC());
            Output out = new Output(command.commandLine().getOut(), Output.Format.text);
            out.line("wrote backup " + file + " as of " + taken.at() + ", epoch " + taken.epoch());
            out.line("root pin " + taken.rootPin());
            out.line("not in it: the held artifacts; they are fetched again when they are needed");
            if (taken.snapshots() > 0) {
                out.line(
                        "not in it: the files of "
                                + taken.snapshots()
                                + " snapshots of etcd; davit etcd export writes one into a file");
            }
            return ExitCode.OK;
        } catch (NoSuchFileException e) {
            throw new CliException(
                    ExitCode.FAILED,
                    "cannot back up: there is no " + e.getFile(),
                    "run this on the controller's host, or name its configuration with --config"
                            + " FILE");
        } catch (AccessDeniedException e) {
            throw new CliException(
                    ExitCode.FAILED,
                    "cannot back up: " + e.getFile() + " may not be read",
                    "run this as root on the controller's host");
        } catch (BadConfigException | IOException | StoreException e) {
            throw new CliException(
                    ExitCode.FAILED,
                    String.valueOf(e.getMessage()),
                    "davit doctor controller looks for what is in the way");
        }
    }
}
