package io.davit.controller.serve;

import io.davit.common.AtomicFiles;
import io.davit.common.AtomicFiles.Ownership;
import io.davit.common.Digests;
import io.davit.common.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;

/**
 * The bearer token of the monitoring listener, in a file of its own: it lets a reader see names,
 * addresses and health, and do nothing. The file is read for each request, so that a new token is
 * in force at once.
 */
public final class MonitoringToken {

    private static final int BYTES = 32;
    private static final int LONGEST = 1024;
    private static final String SCHEME = "Bearer ";

    private final Path file;

    MonitoringToken(Path file) {
        this.file = file;
    }

    /**
     * Makes a new one in the place of any that was there, readable by its owner alone.
     *
     * @throws IOException if it cannot be written
     */
    public static void create(Path file, SecureRandom random, Optional<Ownership> owner)
            throws IOException {
        String token =
                Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(Secret.random(random, BYTES).reveal());
        AtomicFiles.write(file, (token + "\n").getBytes(StandardCharsets.UTF_8), 0600, owner);
    }

    /**
     * Whether a header {@code Authorization} carries it. Digests of equal length are compared, in
     * constant time.
     *
     * @throws IOException naming the file if it cannot be read or holds none
     */
    boolean accepts(String authorization) throws IOException {
        byte[] wanted = read();
        return authorization.length() <= LONGEST
                && authorization.startsWith(SCHEME)
                && MessageDigest.isEqual(
                        digest(wanted),
                        digest(
                                authorization
                                        .substring(SCHEME.length())
                                        .getBytes(StandardCharsets.UTF_8)));
    }

    private byte[] read() throws IOException {
        try {
            if (Files.size(file) > LONGEST) {
                throw new IOException("cannot read token " + file + ": it is too long");
            }
            String token = Files.readString(file).strip();
            if (token.length() < BYTES) {
                throw new IOException("cannot use token " + file + ": it is too short");
            }
            return token.getBytes(StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            throw new IOException(
                    "cannot read token %s: there is none; make it with davit monitoring token"
                            .formatted(file),
                    e);
        }
    }

    private static byte[] digest(byte[] content) {
        return Digests.sha256Hex(content).getBytes(StandardCharsets.US_ASCII);
    }
}
