package io.davit.controller.store;

import io.davit.common.AtomicFiles;
import io.davit.common.AtomicFiles.Ownership;
import io.davit.common.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The file with the key that seals secrets. It lies outside the state directory: one line {@code
 * davit-key-1 <id, 8 hex digits> <32 bytes, base64>}.
 */
public final class KeyFile {

    private static final String FORM = "davit-key-1";

    private KeyFile() {}

    /**
     * Makes a new key and writes its file, 0600.
     *
     * @throws IOException if the file exists already, or cannot be written
     */
    public static void create(Path file, SecureRandom random, Optional<Ownership> owner)
            throws IOException {
        if (Files.exists(file)) {
            throw new IOException("cannot create key file " + file + ": it exists already");
        }
        byte[] id = new byte[4];
        random.nextBytes(id);
        String line =
                FORM
                        + " "
                        + HexFormat.of().formatHex(id)
                        + " "
                        + Base64.getEncoder().encodeToString(Secret.random(random, 32).reveal())
                        + "\n";
        AtomicFiles.write(file, line.getBytes(StandardCharsets.US_ASCII), 0600, owner);
    }

    /**
     * Reads the key file.
     *
     * @throws IOException if it cannot be read or is not a key file; names the file, never its
     *     content
     */
    public static Sealer read(Path file, SecureRandom random) throws IOException {
        return parse(Files.readAllBytes(file), file, random);
    }

    /**
     * The same from what was read of it already.
     *
     * @throws IOException if it is not a key file
     */
    public static Sealer parse(byte[] content, Path file, SecureRandom random) throws IOException {
        String[] parts = new String(content, StandardCharsets.US_ASCII).strip().split(" ", -1);
        if (parts.length != 3 || !parts[0].equals(FORM) || !parts[1].matches("[0-9a-f]{8}")) {
            throw new IOException(
                    "cannot read key file " + file + ": it is not one line of " + FORM);
        }
        try {
            return new Sealer(parts[1], Secret.of(Base64.getDecoder().decode(parts[2])), random);
        } catch (IllegalArgumentException e) {
            throw new IOException("cannot read key file " + file + ": its key is malformed");
        }
    }
}
