package io.davit.controller.backup;

import io.davit.common.Digests;
import io.davit.common.Secret;
import io.davit.controller.agentlink.Epochs;
import io.davit.controller.pki.ControllerPki;
import io.davit.controller.snapshot.Snapshots;
import io.davit.controller.store.Json;
import io.davit.controller.store.KeyFile;
import io.davit.controller.store.Records;
import io.davit.controller.store.SealedSecrets;
import io.davit.controller.store.SqliteStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Takes a backup of a controller on this host, whether it runs or not.
 *
 * <ol>
 *   <li>A consistent copy of the state is made; its secrets are sealed there as they are in the
 *       state. The other files are held in memory: the key lies on no disk a second time.
 *   <li>The copy is opened with that key: a state whose key is another one is no backup.
 *   <li>Manifest and files go into one encrypted file; the copy is removed.
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

    /**
     * What was taken.
     *
     * @param snapshots of clusters' etcd that the state knows; their files are not in it
     */
    public record Taken(Instant at, long epoch, String rootPin, int snapshots) {}

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
        try (var copy = StateCopy.of(sources.state(), clock)) {
            var entries = new ArrayList<BackupFile.Entry>();
            var manifest = manifest(copy, entries);
            byte[] text = new Json().write(manifest).getBytes(StandardCharsets.UTF_8);
            entries.addFirst(new BackupFile.InMemory(Manifest.NAME, Secret.of(text)));
            BackupFile.write(target, passphrase, entries, random);
            return new Taken(
                    manifest.takenAt(),
                    manifest.epoch(),
                    manifest.rootPin(),
                    snapshots(copy.file()));
        }
    }

    private static int snapshots(Path copy) {
        try (SqliteStore store = SqliteStore.open(copy)) {
            return Snapshots.count(new Records(store));
        }
    }

    private Manifest manifest(StateCopy copy, List<BackupFile.Entry> entries) throws IOException {
        var key = Secret.of(Files.readAllBytes(sources.keyFile()));
        var secrets = new SealedSecrets(KeyFile.parse(key.reveal(), sources.keyFile(), random));
        long epoch;
        String pin;
        try (SqliteStore store = SqliteStore.open(copy.file())) {
            var records = new Records(store);
            epoch = Epochs.last(records);
            pin = ControllerPki.load(records, secrets, clock, random).rootPin();
        }
        var parts = new ArrayList<Manifest.Part>();
        parts.add(inMemory(Manifest.Kind.KEY, "controller.key", sources.keyFile(), key, entries));
        for (Path other : sources.others()) {
            if (Files.exists(other)) {
                parts.add(
                        inMemory(
                                Manifest.Kind.OTHER,
                                "other-" + parts.size(),
                                other,
                                Secret.of(Files.readAllBytes(other)),
                                entries));
            }
        }
        var content = new Manifest.Content(Files.size(copy.file()), Digests.sha256Hex(copy.file()));
        parts.add(
                part(
                        Manifest.Kind.STATE,
                        SqliteStore.FILE_NAME,
                        sources.state().resolve(SqliteStore.FILE_NAME),
                        copy.original(),
                        content));
        entries.add(new BackupFile.Stored(SqliteStore.FILE_NAME, copy.file()));
        var config = Secret.of(Files.readAllBytes(sources.config()));
        parts.add(
                inMemory(
                        Manifest.Kind.CONFIG,
                        "controller.yaml",
                        sources.config(),
                        config,
                        entries));
        return new Manifest(Manifest.FORMAT, clock.instant(), version, epoch, pin, parts);
    }

    private static Manifest.Part inMemory(
            Manifest.Kind kind,
            String name,
            Path path,
            Secret content,
            List<BackupFile.Entry> entries)
            throws IOException {
        entries.add(new BackupFile.InMemory(name, content));
        return part(
                kind,
                name,
                path,
                Files.readAttributes(path, PosixFileAttributes.class),
                new Manifest.Content(content.length(), Digests.sha256Hex(content.reveal())));
    }

    private static Manifest.Part part(
            Manifest.Kind kind,
            String name,
            Path path,
            PosixFileAttributes attributes,
            Manifest.Content content) {
        return new Manifest.Part(
                kind,
                name,
                path.toAbsolutePath().toString(),
                bits(attributes.permissions()),
                !attributes.owner().getName().equals("root"),
                content);
    }

    private static int bits(Set<PosixFilePermission> permissions) {
        int bits = 0;
        for (PosixFilePermission permission : permissions) {
            bits |= 0400 >> permission.ordinal();
        }
        return bits;
    }
}
