package io.davit.controller.backup;

import io.davit.common.AtomicFiles;
import io.davit.common.AtomicFiles.Ownership;
import io.davit.common.Digests;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.execute.OperationRecord;
import io.davit.controller.execute.OperationState;
import io.davit.controller.flow.StoredOperations;
import io.davit.controller.plan.Blocker;
import io.davit.controller.store.Json;
import io.davit.controller.store.KeyFile;
import io.davit.controller.store.Records;
import io.davit.controller.store.SealedSecrets;
import io.davit.controller.store.SqliteStore;
import io.davit.controller.store.StoreException;
import io.davit.controller.upgrade.UpgradeRecord;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Makes a controller from a backup, on a host that has none.
 *
 * <ol>
 *   <li>The whole file is decrypted and compared with its manifest; nothing is written before that.
 *   <li>None of its files may be there, and the user that the state is for must be.
 *   <li>The state is unpacked beside its place, marked as restored, and operations that ran are set
 *       to NEEDS_ATTENTION, so that nothing goes on by itself.
 *   <li>Every file is put in its place, the configuration last.
 * </ol>
 *
 * What cannot be finished is taken away again.
 */
public final class Restore {

    private static final String STAGING = "restore-";
    private static final int LARGEST_MANIFEST = 1 << 20;

    private final Path file;
    private final Passphrase passphrase;
    private final Optional<Ownership> owner;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();
    private final List<Path> made = new ArrayList<>();

    private Restore(Path file, Passphrase passphrase, Optional<Ownership> owner, Clock clock) {
        this.file = file;
        this.passphrase = passphrase;
        this.owner = owner;
        this.clock = clock;
    }

    /**
     * What was restored.
     *
     * @param stopped ids of operations that ran when the backup was taken
     */
    public record Restored(
            Instant backedUpAt,
            String version,
            long epoch,
            String rootPin,
            Path config,
            List<String> stopped) {}

    /**
     * Restores.
     *
     * @param owner user and group of the state; empty: whoever runs this
     * @throws IOException if the backup is not whole, its passphrase another, or a file in the way
     */
    public static Restored run(
            Path file, Passphrase passphrase, Optional<Ownership> owner, Clock clock)
            throws IOException {
        return new Restore(file, passphrase, owner, clock).restore();
    }

    private Restored restore() throws IOException {
        Manifest manifest = verified();
        Path state = Path.of(manifest.only(Manifest.Kind.STATE).path());
        Path config = Path.of(manifest.only(Manifest.Kind.CONFIG).path());
        refuseExisting(manifest);
        if (owner.isPresent()) {
            AtomicFiles.requireKnown(owner.get());
        }
        boolean done = false;
        Path staging = null;
        try {
            for (Manifest.Part part : manifest.parts()) {
                directory(parent(Path.of(part.path())), "rwxr-xr-x", part.kind());
            }
            forgetStaging(parent(state));
            staging = Files.createTempDirectory(parent(state), STAGING);
            unpack(manifest, staging);
            List<String> stopped = mark(manifest, staging);
            for (Manifest.Kind kind : Manifest.Kind.values()) {
                for (Manifest.Part part : manifest.parts()) {
                    if (part.kind() == kind) {
                        place(part, staging.resolve(part.name()));
                    }
                }
            }
            giveStateToOwner(parent(state));
            done = true;
            return new Restored(
                    manifest.takenAt(),
                    manifest.version(),
                    manifest.epoch(),
                    manifest.rootPin(),
                    config,
                    stopped);
        } catch (StoreException e) {
            throw new IOException("cannot restore " + file + ": " + e.getMessage(), e);
        } finally {
            if (staging != null) {
                Backup.removeAll(staging);
            }
            if (!done) {
                for (Path path : made.reversed()) {
                    Files.deleteIfExists(path);
                }
            }
        }
    }

    private Manifest verified() throws IOException {
        var found = new HashMap<String, Manifest.Content>();
        var text = new ArrayList<String>();
        BackupFile.read(
                file,
                passphrase,
                (name, content) -> {
                    if (text.isEmpty()) {
                        if (!name.equals(Manifest.NAME)) {
                            throw new IOException("its first file is not " + Manifest.NAME);
                        }
                        text.add(
                                new String(
                                        content.readNBytes(LARGEST_MANIFEST),
                                        StandardCharsets.UTF_8));
                    } else if (found.put(name, measured(content, OutputStream.nullOutputStream()))
                            != null) {
                        throw new IOException("it contains " + name + " twice");
                    }
                });
        if (text.isEmpty()) {
            throw new IOException("cannot restore " + file + ": it contains no files");
        }
        Manifest manifest = manifest(text.getFirst());
        var named = new HashMap<String, Manifest.Content>();
        manifest.parts().forEach(part -> named.put(part.name(), part.content()));
        if (!named.equals(found)) {
            throw new IOException(
                    "cannot restore %s: its files are not those of its manifest".formatted(file));
        }
        return manifest;
    }

    private Manifest manifest(String text) throws IOException {
        try {
            var format = new Json().format(text);
            if (format != Manifest.FORMAT) {
                throw new IOException(
                        "cannot restore %s: its format is %d, this Davit knows %d; use the Davit that made it"
                                .formatted(file, format, Manifest.FORMAT));
            }
            Manifest manifest = new Json().read(text, Manifest.class, Manifest.NAME);
            for (Manifest.Kind kind :
                    List.of(Manifest.Kind.KEY, Manifest.Kind.STATE, Manifest.Kind.CONFIG)) {
                manifest.only(kind);
            }
            return manifest;
        } catch (StoreException | IllegalArgumentException e) {
            throw new IOException("cannot restore " + file + ": " + e.getMessage(), e);
        }
    }

    private static Manifest.Content measured(InputStream in, OutputStream out) throws IOException {
        var digest = Digests.sha256();
        long size = new DigestInputStream(in, digest).transferTo(out);
        return new Manifest.Content(size, HexFormat.of().formatHex(digest.digest()));
    }

    private static void refuseExisting(Manifest manifest) throws IOException {
        for (Manifest.Part part : manifest.parts()) {
            if (Files.exists(Path.of(part.path()))) {
                throw new IOException(
                        "cannot restore: "
                                + part.path()
                                + " exists; a controller was made here before, and its state is"
                                + " never overwritten. Move its files away if they are not wanted");
            }
        }
    }

    private static Path parent(Path path) {
        return Optional.ofNullable(path.toAbsolutePath().getParent()).orElse(Path.of("/"));
    }

    private static void directory(Path path, String permissions, Manifest.Kind kind)
            throws IOException {
        if (!Files.isDirectory(path)) {
            String wanted = kind == Manifest.Kind.STATE ? "rwx------" : permissions;
            Files.createDirectories(
                    path,
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(wanted)));
        }
    }

    /**
     * Of restores that were killed: with a plain key, and of no use, since no controller is here.
     */
    private static void forgetStaging(Path directory) throws IOException {
        try (var found = Files.newDirectoryStream(directory, STAGING + "*")) {
            for (Path staging : found) {
                Backup.removeAll(staging);
            }
        }
    }

    private void unpack(Manifest manifest, Path staging) throws IOException {
        Map<String, Manifest.Content> wanted = new HashMap<>();
        manifest.parts().forEach(part -> wanted.put(part.name(), part.content()));
        BackupFile.read(
                file,
                passphrase,
                (name, content) -> {
                    Manifest.Content expected = wanted.get(name);
                    if (expected == null) {
                        return;
                    }
                    try (OutputStream out =
                            Files.newOutputStream(
                                    staging.resolve(name), StandardOpenOption.CREATE_NEW)) {
                        if (!measured(content, out).equals(expected)) {
                            throw new IOException(name + " changed while it was read");
                        }
                    }
                });
    }

    /** Ids of the operations that were stopped. */
    private List<String> mark(Manifest manifest, Path staging) throws IOException {
        Path key = staging.resolve(manifest.only(Manifest.Kind.KEY).name());
        Path state = staging.resolve(manifest.only(Manifest.Kind.STATE).name());
        var secrets = new SealedSecrets(KeyFile.read(key, random));
        try (SqliteStore store = SqliteStore.open(state)) {
            var records = new Records(store);
            var changes = new Changes(store, secrets.require(records, Changes.KEY_NAME), clock);
            var mark = new RestoredMark(manifest.takenAt(), clock.instant(), manifest.epoch());
            changes.make(
                    new Change(new Actor("root", "", ""), "restore", "controller", mark.toString()),
                    transaction -> {
                        mark.put(transaction);
                        UpgradeRecord.endRestored(
                                transaction, interrupted(manifest), clock.instant());
                        return mark;
                    });
            var operations = new StoredOperations(changes, store);
            var stopped = new ArrayList<String>();
            for (OperationRecord operation : operations.list("", Integer.MAX_VALUE)) {
                if (!operation.state().ended()) {
                    operations.save(
                            operation.ended(
                                    OperationState.NEEDS_ATTENTION,
                                    List.of(interrupted(manifest)),
                                    List.of(),
                                    clock.instant()));
                    stopped.add(operation.id());
                }
            }
            return List.copyOf(stopped);
        }
    }

    private static Blocker interrupted(Manifest manifest) {
        return new Blocker(
                "",
                "",
                "",
                "it ran when the backup of "
                        + manifest.takenAt()
                        + " was taken; how it went on is not known here",
                "look with davit adopt; after davit adopt --confirm, plan and apply again");
    }

    private void place(Manifest.Part part, Path unpacked) throws IOException {
        Path target = Path.of(part.path());
        Files.setPosixFilePermissions(unpacked, AtomicFiles.permissions(part.mode()));
        if (part.owned() && owner.isPresent()) {
            AtomicFiles.chown(unpacked, owner.get());
        }
        made.add(target);
        try {
            Files.move(unpacked, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (java.nio.file.AtomicMoveNotSupportedException e) {
            AtomicFiles.write(
                    target,
                    Files.readAllBytes(unpacked),
                    part.mode(),
                    part.owned() ? owner : Optional.empty());
        }
        AtomicFiles.syncDirectory(parent(target));
    }

    private void giveStateToOwner(Path state) throws IOException {
        if (owner.isEmpty()) {
            return;
        }
        try (Stream<Path> files = Files.walk(state)) {
            for (Path path : files.toList()) {
                AtomicFiles.chown(path, owner.get());
            }
        }
    }
}
