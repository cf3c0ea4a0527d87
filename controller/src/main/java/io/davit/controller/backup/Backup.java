package io.davit.controller.backup;

import io.davit.common.Digests;
import io.davit.controller.agentlink.Epochs;
import io.davit.controller.pki.ControllerPki;
import io.davit.controller.store.Json;
import io.davit.controller.store.KeyFile;
import io.davit.controller.store.Records;
import io.davit.controller.store.SealedSecrets;
import io.davit.controller.store.SqliteStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Takes a backup of a controller on this host, whether it runs or not.
 *
 * <ol>
 *   <li>A consistent copy of the state is made beside it, and the other files are copied there.
 *   <li>The copy is opened with the copied key: a state whose key is another one is no backup.
 *   <li>Manifest and copies go into one encrypted file; the copies are removed.
 * </ol>
 */
public final class Backup {

    private final Sources sources;
    private final String version;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();

    private Backup(Sources sources, String version, Clock clock) {
        this.sources = sources;
        this.version = version;
        this.clock = clock;
    }

    /**
     * What a controller cannot make again.
     *
     * @param state the state directory
     * @param others further files, of those that are there
     */
    public record Sources(Path config, Path keyFile, Path state, List<Path> others) {

        /** Copies the list. */
        public Sources {
            others = List.copyOf(others);
        }
    }

    /** What was taken. */
    public record Taken(Instant at, long epoch, String rootPin) {}

    /**
     * Takes it.
     *
     * @param target must not exist
     * @throws IOException naming the file that cannot be read or written
     */
    public static Taken run(
            Sources sources, Path target, Passphrase passphrase, String version, Clock clock)
            throws IOException {
        return new Backup(sources, version, clock).take(target, passphrase);
    }

    private Taken take(Path target, Passphrase passphrase) throws IOException {
        Path state = sources.state().resolve(SqliteStore.FILE_NAME);
        if (!Files.exists(state)) {
            throw new IOException("cannot back up state " + state + ": there is none");
        }
        Path copies = Files.createTempDirectory(sources.state(), "backup-");
        try {
            SqliteStore.copy(state, copies.resolve(SqliteStore.FILE_NAME));
            var manifest = manifest(copies);
            Path file = copies.resolve(Manifest.NAME);
            Files.write(file, new Json().write(manifest).getBytes(StandardCharsets.UTF_8));
            var entries = new ArrayList<BackupFile.Entry>();
            entries.add(new BackupFile.Entry(Manifest.NAME, file));
            manifest.parts()
                    .forEach(part ->
                            entries.add(
                                    new BackupFile.Entry(
                                            part.name(), copies.resolve(part.name()))));
            BackupFile.write(target, passphrase, entries, random);
            return new Taken(manifest.takenAt(), manifest.epoch(), manifest.rootPin());
        } finally {
            removeAll(copies);
        }
    }

    private Manifest manifest(Path copies) throws IOException {
        copy(sources.keyFile(), copies, "controller.key");
        copy(sources.config(), copies, "controller.yaml");
        var secrets = new SealedSecrets(KeyFile.read(copies.resolve("controller.key"), random));
        long epoch;
        String pin;
        try (SqliteStore store = SqliteStore.open(copies.resolve(SqliteStore.FILE_NAME))) {
            var records = new Records(store);
            epoch = Epochs.last(records);
            pin = ControllerPki.load(records, secrets, clock, random).rootPin();
        }
        var parts = new ArrayList<Manifest.Part>();
        parts.add(part(Manifest.Kind.KEY, "controller.key", sources.keyFile(), copies));
        for (Path other : sources.others()) {
            if (Files.exists(other)) {
                String name = "other-" + parts.size();
                copy(other, copies, name);
                parts.add(part(Manifest.Kind.OTHER, name, other, copies));
            }
        }
        Path state = sources.state().resolve(SqliteStore.FILE_NAME);
        parts.add(part(Manifest.Kind.STATE, SqliteStore.FILE_NAME, state, copies));
        parts.add(part(Manifest.Kind.CONFIG, "controller.yaml", sources.config(), copies));
        return new Manifest(Manifest.FORMAT, clock.instant(), version, epoch, pin, parts);
    }

    private static void copy(Path from, Path copies, String name) throws IOException {
        Files.write(copies.resolve(name), Files.readAllBytes(from));
    }

    private static Manifest.Part part(Manifest.Kind kind, String name, Path path, Path copies)
            throws IOException {
        Path copy = copies.resolve(name);
        return new Manifest.Part(
                kind,
                name,
                path.toAbsolutePath().toString(),
                bits(Files.getPosixFilePermissions(path)),
                !Files.getOwner(path).getName().equals("root"),
                new Manifest.Content(Files.size(copy), Digests.sha256Hex(copy)));
    }

    private static int bits(Set<PosixFilePermission> permissions) {
        int bits = 0;
        for (PosixFilePermission permission : permissions) {
            bits |= 0400 >> permission.ordinal();
        }
        return bits;
    }

    static void removeAll(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path path : files.toList().reversed()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
