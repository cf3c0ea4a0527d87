package io.davit.controller.backup;

import io.davit.common.AtomicFiles;
import io.davit.common.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;

/** What a backup is encrypted with. */
public final class Passphrase {

    /** In characters. */
    public static final int SHORTEST = 12;

    private final Secret text;

    private Passphrase(Secret text) {
        this.text = text;
    }

    /**
     * A new or known passphrase.
     *
     * @throws IllegalArgumentException if it is too short
     */
    public static Passphrase of(Secret text) {
        if (text.revealText().length() < SHORTEST) {
            throw new IllegalArgumentException(
                    "cannot take the passphrase: it must have at least "
                            + SHORTEST
                            + " characters, since whoever holds the file may try as many as they"
                            + " like");
        }
        return new Passphrase(text);
    }

    /**
     * The first line of a file, as gpg takes it.
     *
     * @throws IOException if it cannot be read, or others may read it
     */
    public static Passphrase read(Path file) throws IOException {
        var open = EnumSet.copyOf(AtomicFiles.permissions(0077));
        open.retainAll(Files.getPosixFilePermissions(file));
        if (!open.isEmpty()) {
            throw new IOException(
                    "cannot use passphrase file %s: others have %s on it; chmod 0600 it"
                            .formatted(file, words(open)));
        }
        try (var lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            String line = lines.readLine();
            return of(Secret.ofText(line == null ? "" : line));
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage() + " (in " + file + ")", e);
        }
    }

    private static String words(EnumSet<PosixFilePermission> permissions) {
        return String.join(", ", permissions.stream().map(Enum::name).toList());
    }

    char[] characters() {
        return text.revealText().toCharArray();
    }
}
