package io.davit.cli;

import io.davit.common.Secret;
import io.davit.controller.backup.Passphrase;
import java.io.Console;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where the passphrase of a backup comes from: a file, or a person at a terminal. */
final class PassphraseOptions {

    @Option(
            names = "--passphrase-file",
            paramLabel = "FILE",
            description =
                    "File of mode 0600 with the passphrase on its first line, at least "
                            + Passphrase.SHORTEST
                            + " characters (default: asked for on the terminal).")
    private Optional<Path> file = Optional.empty();

    /** A new one, typed twice. */
    Passphrase fresh() {
        return file.isPresent() ? fromFile(file.get()) : typed(true);
    }

    /** The one that something was encrypted with. */
    Passphrase known() {
        return file.isPresent() ? fromFile(file.get()) : typed(false);
    }

    private static Passphrase fromFile(Path file) {
        try {
            return Passphrase.read(file);
        } catch (NoSuchFileException e) {
            throw new CliException(
                    ExitCode.USAGE,
                    "cannot read passphrase file " + file + ": it is not there",
                    "");
        } catch (IOException e) {
            throw new CliException(ExitCode.USAGE, String.valueOf(e.getMessage()), "");
        }
    }

    private static Passphrase typed(boolean twice) {
        Console console = System.console();
        if (console == null || !console.isTerminal()) {
            throw new CliException(
                    ExitCode.USAGE,
                    "cannot ask for the passphrase: this is no terminal",
                    "give it in a file: --passphrase-file FILE");
        }
        char[] first = console.readPassword("Passphrase of the backup: ");
        if (twice && !Arrays.equals(first, console.readPassword("Once more: "))) {
            throw new CliException(ExitCode.USAGE, "the two passphrases differ", "");
        }
        try {
            return Passphrase.of(Secret.ofText(first == null ? "" : new String(first)));
        } catch (IllegalArgumentException e) {
            throw new CliException(ExitCode.USAGE, String.valueOf(e.getMessage()), "");
        }
    }
}
