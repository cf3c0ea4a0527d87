package io.davit.agent.enroll;

import io.davit.common.AtomicFiles;
import io.davit.common.JoinToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/**
 * Where a join token may lie: the token file, which has to be this user's own and 0600, or else the
 * systemd credential {@code davit-token}, which systemd keeps.
 */
public final class TokenSource {

    private static final String CREDENTIAL = "davit-token";
    private static final long LARGEST = 4096;

    private final Path tokenFile;
    private final Optional<Path> credentials;

    /**
     * @param tokenFile the configured one
     * @param credentials {@code $CREDENTIALS_DIRECTORY}, if systemd set it
     */
    public TokenSource(Path tokenFile, Optional<Path> credentials) {
        this.tokenFile = tokenFile;
        this.credentials = credentials;
    }

    /** What was found. */
    sealed interface Found {

        record Token(JoinToken token) implements Found {}

        record Nothing(String why) implements Found {}
    }

    /** The token now; looked for anew each time, since it may come while the agent waits. */
    Found find() {
        try {
            if (Files.exists(tokenFile, LinkOption.NOFOLLOW_LINKS)) {
                var why = whyNotSafe(tokenFile);
                return why.isPresent() ? new Found.Nothing(why.get()) : read(tokenFile);
            }
            if (credentials.isPresent()) {
                Path credential = credentials.get().resolve(CREDENTIAL);
                if (Files.isRegularFile(credential)) {
                    return read(credential);
                }
            }
        } catch (IOException e) {
            return new Found.Nothing("cannot read the token in " + tokenFile + ": " + e);
        }
        return new Found.Nothing(
                "there is no join token: put one into "
                        + tokenFile
                        + " (owner root, mode 0600); `davit token create` makes one");
    }

    private static Optional<String> whyNotSafe(Path file) throws IOException {
        var attributes =
                Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isRegularFile()) {
            return Optional.of("cannot use " + file + ": it is not a regular file");
        }
        String mode = PosixFilePermissions.toString(attributes.permissions());
        if (!mode.endsWith("------")) {
            return Optional.of(
                    "cannot use the token in %s: its mode is %s, so others have seen it: revoke it, and put a new one there with mode 0600"
                            .formatted(file, mode));
        }
        String me = System.getProperty("user.name", "");
        if (!attributes.owner().getName().equals(me)) {
            return Optional.of(
                    "cannot use the token in %s: its owner is %s and not %s"
                            .formatted(file, attributes.owner().getName(), me));
        }
        return Optional.empty();
    }

    private static Found read(Path file) throws IOException {
        if (Files.size(file) > LARGEST) {
            return new Found.Nothing(
                    "cannot use the token in " + file + ": it has more than " + LARGEST + " bytes");
        }
        try {
            return new Found.Token(JoinToken.parse(Files.readString(file)));
        } catch (IllegalArgumentException e) {
            return new Found.Nothing(
                    "cannot use the token in "
                            + file
                            + ": "
                            + e.getMessage()
                            + "; put it there anew");
        }
    }

    /**
     * Overwrites and removes the token file if this token is in it. A credential is systemd's and
     * stays.
     *
     * @return whether a file was removed
     */
    public boolean destroy(String tokenId) throws IOException {
        try {
            if (!(read(tokenFile) instanceof Found.Token(JoinToken token))
                    || !token.id().equals(tokenId)) {
                return false;
            }
        } catch (NoSuchFileException _) {
            return false;
        }
        try (var channel = FileChannel.open(tokenFile, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate((int) channel.size()));
            channel.force(true);
        }
        Files.delete(tokenFile);
        AtomicFiles.syncDirectory(tokenFile.toAbsolutePath().resolveSibling(""));
        return true;
    }
}
