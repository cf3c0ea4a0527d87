package io.davit.agent.enroll;

import io.davit.agent.identity.Machine;
import io.davit.common.AtomicFiles;
import io.davit.common.Digests;
import io.davit.common.Keys;
import io.davit.common.Pem;
import io.davit.common.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.stream.Stream;

/**
 * The key of an enrolment under way. It outlives a lost reply and a restart, so that asking again
 * is the same request; another token or another machine gets another key.
 */
final class EnrolmentKey {

    private final Path state;
    private final Path folder;
    private final SecureRandom random;

    /** Keeps keys in {@code <state>/enrolment}. */
    EnrolmentKey(Path state, SecureRandom random) {
        this.state = state;
        this.folder = state.resolve("enrolment");
        this.random = random;
    }

    /** The key for this token on this machine; made and fsynced at the first call. */
    KeyPair forToken(String tokenId, Machine machine) throws IOException {
        String name = tokenId + "-" + Digests.sha256Hex(machine.toString()).substring(0, 16);
        Path privateFile = folder.resolve(name + ".key");
        Path publicFile = folder.resolve(name + ".pub");
        if (Files.exists(privateFile)) {
            return new KeyPair(
                    publicKey(publicFile),
                    Pem.ecPrivateKey(Secret.of(Files.readAllBytes(privateFile))));
        }
        Files.createDirectories(
                folder,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        AtomicFiles.syncDirectory(state);
        var pair = Keys.newP256(random);
        // The private file comes last: where it is, both are.
        String shown = Base64.getEncoder().encodeToString(pair.getPublic().getEncoded());
        AtomicFiles.write(publicFile, shown.getBytes(StandardCharsets.US_ASCII), 0600);
        AtomicFiles.write(privateFile, Pem.ofPrivateKey(pair.getPrivate()).reveal(), 0600);
        return pair;
    }

    private static PublicKey publicKey(Path file) throws IOException {
        try {
            return KeyFactory.getInstance("EC")
                    .generatePublic(
                            new X509EncodedKeySpec(
                                    Base64.getDecoder().decode(Files.readString(file))));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException("cannot read public key " + file + ": " + e.getMessage(), e);
        }
    }

    /** Removes all keys: the identity holds the one that became its own. */
    void forget() throws IOException {
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }
}
