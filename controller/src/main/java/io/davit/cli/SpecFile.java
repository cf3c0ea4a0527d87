package io.davit.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** The spec that a person names on the command line; {@code -} is standard input. */
final class SpecFile {

    /** As the controller's own limit. */
    private static final int MAX_BYTES = 1 << 20;

    private SpecFile() {}

    static byte[] read(String file) {
        byte[] bytes;
        try {
            bytes =
                    file.equals("-")
                            ? System.in.readNBytes(MAX_BYTES + 1)
                            : Files.readAllBytes(Path.of(file));
        } catch (NoSuchFileException e) {
            throw new CliException(
                    ExitCode.USAGE,
                    "cannot read " + file + ": there is no such file",
                    "name the spec with -f FILE; davit spec example > cluster.yaml makes one");
        } catch (IOException e) {
            throw new CliException(
                    ExitCode.USAGE, "cannot read " + file + ": " + e.getMessage(), "");
        }
        if (bytes.length > MAX_BYTES) {
            throw new CliException(
                    ExitCode.USAGE,
                    "cannot read " + file + ": it has more than 1 MiB",
                    "davit spec example shows what a spec looks like");
        }
        return bytes;
    }

    /** The name to show before line and column. */
    static String shown(String file) {
        return file.equals("-") ? "standard input" : file;
    }
}
