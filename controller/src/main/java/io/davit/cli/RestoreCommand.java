package io.davit.cli;

import io.davit.controller.backup.Restore;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "restore",
        description = {
            "Makes the controller of a backup on this host, which has none, as root.",
            "It starts in adopt mode: it looks and touches no host, until davit adopt --confirm."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  sudo davit restore davit-2026-11-23.backup",
            "  sudo systemctl enable --now davit",
            "  davit adopt"
        })
final class RestoreCommand implements Callable<Integer> {

    @Parameters(paramLabel = "FILE", description = "What davit backup wrote.")
    private Path file = Path.of("");

    @Mixin private OwnerOptions owner = new OwnerOptions();

    @Mixin private PassphraseOptions passphrase = new PassphraseOptions();

    @Spec private CommandSpec command = CommandSpec.create();

    @Override
    public Integer call() {
        try {
            var restored =
                    Restore.run(
                            file,
                            passphrase.known(),
                            Optional.of(owner.ownership()),
                            Clock.systemUTC());
            Output out = new Output(command.commandLine().getOut(), Output.Format.text);
            out.line(
                    "restored the controller of %s (Davit %s, epoch %d)"
                            .formatted(
                                    restored.backedUpAt(), restored.version(), restored.epoch()));
            out.line("root pin " + restored.rootPin());
            restored.stopped()
                    .forEach(id ->
                            out.line("operation " + id + " ran then; it needs your attention now"));
            out.line("next: systemctl enable --now davit, then davit adopt");
            return ExitCode.OK;
        } catch (UserPrincipalNotFoundException e) {
            throw owner.missing("restore");
        } catch (IOException e) {
            throw new CliException(
                    ExitCode.FAILED,
                    String.valueOf(e.getMessage()),
                    "davit doctor controller looks for what is in the way");
        }
    }
}
