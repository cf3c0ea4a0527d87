package io.davit.agent.identity;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.davit.common.AtomicFiles;
import io.davit.common.HostId;
import io.davit.common.Keys;
import io.davit.common.Pem;
import io.davit.common.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The identity folder, {@code <state>/identity}: the files host (id, token id, machine), key.pem,
 * chain.pem and bundle.pem.
 *
 * <p>Saving: 1. all files into {@code identity.new}, each fsynced; 2. an older identity moves to
 * {@code identity.old}; 3. rename, fsync of the parent. A crash between 2 and 3 leaves no identity,
 * and enrolling again with the same key brings the same one.
 */
public final class IdentityStore {

    private final Path state;
    private final Path folder;

    /** Keeps the identity below this folder, which exists and is root's alone. */
    public IdentityStore(Path state) {
        this.state = state;
        this.folder = state.resolve("identity");
    }

    /** What was found in the folder. */
    public sealed interface Found {

        /** An identity of this machine. */
        record Usable(HostIdentity identity) implements Found {}

        /** Nothing; the host was never enrolled. */
        record Nothing() implements Found {}

        /**
         * An identity that must not be used.
         *
         * @param why in words for the log
         */
        record Stale(HostId hostId, String why) implements Found {}

        /** An identity that cannot be read. */
        record Broken(String why) implements Found {}
    }

    /** Reads the identity and compares its machine with this one. */
    public Found load(Machine here) {
        if (!Files.isDirectory(folder)) {
            return new Found.Nothing();
        }
        try {
            var identity = read();
            var difference = here.differenceFrom(identity.machine());
            if (difference.isPresent()) {
                return new Found.Stale(identity.hostId(), difference.get());
            }
            return new Found.Usable(identity);
        } catch (IOException | IllegalArgumentException e) {
            return new Found.Broken("cannot read the identity in " + folder + ": " + e);
        }
    }

    private HostIdentity read() throws IOException {
        Map<String, String> host = lines(folder.resolve("host"));
        var key = Pem.ecPrivateKey(Secret.of(Files.readAllBytes(folder.resolve("key.pem"))));
        var chain = Pem.certificates(Files.readString(folder.resolve("chain.pem")));
        byte[] probe = folder.toString().getBytes(StandardCharsets.UTF_8);
        if (!Keys.verify(chain.getFirst().getPublicKey(), probe, Keys.sign(key, probe))) {
            throw new IllegalArgumentException("the certificate is not that of the key");
        }
        return new HostIdentity(
                new HostId(host.getOrDefault("host-id", "")),
                key,
                chain,
                Pem.certificates(Files.readString(folder.resolve("bundle.pem"))),
                host.getOrDefault("token-id", ""),
                new Machine(
                        host.getOrDefault("machine-id", ""),
                        host.getOrDefault("product-uuid", "")));
    }

    /** Makes this the identity; it is on disk when this returns. */
    public void save(HostIdentity identity) throws IOException {
        Path fresh = emptyFolder("identity.new");
        var machine = identity.machine();
        String host =
                "host-id=%s\ntoken-id=%s\nmachine-id=%s\nproduct-uuid=%s\n"
                        .formatted(
                                identity.hostId(),
                                identity.tokenId(),
                                machine.machineId(),
                                machine.productUuid());
        write(fresh, "host", host.getBytes(StandardCharsets.UTF_8));
        write(fresh, "key.pem", Pem.ofPrivateKey(identity.key()).reveal());
        write(fresh, "chain.pem", pem(identity.chain()));
        write(fresh, "bundle.pem", pem(identity.bundle()));
        setAside("identity.old");
        Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
        AtomicFiles.syncDirectory(state);
    }

    /**
     * Moves an identity that is of no use out of the way, in place of one moved there before.
     *
     * @return where it is then
     */
    @CanIgnoreReturnValue
    public Path setAside(String name) throws IOException {
        Path aside = state.resolve(name);
        if (Files.exists(folder)) {
            Files.move(folder, emptyFolder(name), StandardCopyOption.ATOMIC_MOVE);
            AtomicFiles.syncDirectory(state);
        }
        return aside;
    }

    private Path emptyFolder(String name) throws IOException {
        Path made = state.resolve(name);
        if (Files.isDirectory(made)) {
            try (Stream<Path> files = Files.list(made)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(made);
        }
        return Files.createDirectory(
                made,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    private static void write(Path folder, String name, byte[] content) throws IOException {
        AtomicFiles.write(folder.resolve(name), content, 0600);
    }

    private static byte[] pem(List<java.security.cert.X509Certificate> certificates) {
        return Pem.ofCertificates(certificates).getBytes(StandardCharsets.US_ASCII);
    }

    private static Map<String, String> lines(Path file) throws IOException {
        var values = new HashMap<String, String>();
        for (String line : Files.readAllLines(file)) {
            int at = line.indexOf('=');
            if (at > 0) {
                values.put(line.substring(0, at), line.substring(at + 1));
            }
        }
        return values;
    }
}
