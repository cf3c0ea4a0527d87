package io.davit.controller.backup;

import io.davit.common.AtomicFiles;
import io.davit.common.AtomicFiles.Ownership;
import io.davit.common.Digests;
import io.davit.common.Secret;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.disk.Room;
import io.davit.controller.disk.ScratchFolder;
import io.davit.controller.execute.OperationRecord;
import io.davit.controller.execute.OperationState;
import io.davit.controller.flow.StoredOperations;
import io.davit.controller.plan.Blocker;
import io.davit.controller.store.Json;
import io.davit.controller.store.KeyFile;
import io.davit.controller.store.Records;
import io.davit.controller.store.SealedSecrets;
import io.davit.controller.store.Sealer;
import io.davit.controller.store.SqliteStore;
import io.davit.controller.store.StateFolder;
import io.davit.controller.store.StoreException;
import io.davit.controller.upgrade.UpgradeRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Makes a controller from a backup, on a host that has none.
 *
 * <ol>
 *   <li>The whole file is decrypted and compared with its manifest; nothing is written before that.
 *   <li>None of its files may be there, and the user that the state is for must be.
 *   <li>The state is unpacked in a folder of root's, marked as restored, and operations that ran
 *       are set to NEEDS_ATTENTION, so that nothing goes on by itself. The other files are held in
 *       memory: the key lies on no disk but in its place.
 *   <li>Every file is put in its place, the configuration last.
 * </ol>
 *
 * What cannot be finished is taken away again.
 */
public final class Restore {

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
        refuseExisting(manifest);
        if (owner.isPresent()) {
            AtomicFiles.requireKnown(owner.get());
        }
        boolean done = false;
        try (var scratch = ScratchFolder.make(ScratchFolder.PLACE, clock)) {
            Path unpacked = scratch.file(SqliteStore.FILE_NAME);
            Map<String, Secret> others = unpack(manifest, unpacked);
            List<String> stopped = mark(manifest, key(manifest, others), unpacked);
            for (Manifest.Kind kind : Manifest.Kind.values()) {
                for (Manifest.Part part : manifest.parts()) {
                    if (part.kind() == kind) {
                        place(part, unpacked, others);
                    }
                }
            }
            done = true;
            return new Restored(
                    manifest.takenAt(),
                    manifest.version(),
                    manifest.epoch(),
                    manifest.rootPin(),
                    Path.of(manifest.only(Manifest.Kind.CONFIG).path()),
                    stopped);
        } catch (StoreException e) {
            throw new IOException("cannot restore " + file + ": " + e.getMessage(), e);
        } finally {
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
        var existing = new ArrayList<Path>();
        for (Manifest.Part part : manifest.parts()) {
            Path path = Path.of(part.path());
            if (part.kind() == Manifest.Kind.STATE) {
                StateFolder.found(parent(path)).ifPresent(existing::add);
            } else if (Files.exists(path)) {
                existing.add(path);
            }
        }
        if (!existing.isEmpty()) {
            throw new IOException(
                    "cannot restore: "
                            + existing.getFirst()
                            + " exists; a controller was made here before, and its state is"
                            + " never overwritten. Move its files away if they are not wanted");
        }
    }

    private static Path parent(Path path) {
        return Optional.ofNullable(path.toAbsolutePath().getParent()).orElse(Path.of("/"));
    }

    /** The state into its file; the others by name. */
    private Map<String, Secret> unpack(Manifest manifest, Path state) throws IOException {
        Map<String, Manifest.Part> wanted = new HashMap<>();
        manifest.parts().forEach(part -> wanted.put(part.name(), part));
        long size = manifest.only(Manifest.Kind.STATE).content().sizeBytes();
        var others = new HashMap<String, Secret>();
        try (var _ = new Room().promise(state, size, 0)) {
            BackupFile.read(
                    file,
                    passphrase,
                    (name, content) -> {
                        Manifest.Part part = wanted.get(name);
                        if (part == null) {
                            return;
                        }
                        if (part.kind() == Manifest.Kind.STATE) {
                            unpack(part, content, state);
                        } else {
                            others.put(name, inMemory(part, content));
                        }
                    });
        }
        return others;
    }

    private static void unpack(Manifest.Part part, InputStream content, Path state)
            throws IOException {
        try (OutputStream out = Files.newOutputStream(state, StandardOpenOption.CREATE_NEW)) {
            requireSame(part, measured(content, out));
        }
    }

    private static Secret inMemory(Manifest.Part part, InputStream content) throws IOException {
        var out = new ByteArrayOutputStream();
        requireSame(part, measured(content, out));
        return Secret.of(out.toByteArray());
    }

    private static void requireSame(Manifest.Part part, Manifest.Content found) throws IOException {
        if (!found.equals(part.content())) {
            throw new IOException(part.name() + " changed while it was read");
        }
    }

    private Sealer key(Manifest manifest, Map<String, Secret> others) throws IOException {
        Manifest.Part key = manifest.only(Manifest.Kind.KEY);
        return KeyFile.parse(content(key, others).reveal(), Path.of(key.path()), random);
    }

    private static Secret content(Manifest.Part part, Map<String, Secret> others) {
        return Objects.requireNonNull(others.get(part.name()), part.name());
    }

    /** Ids of the operations that were stopped. */
    private List<String> mark(Manifest manifest, Sealer key, Path state) {
        var secrets = new SealedSecrets(key);
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

    private void place(Manifest.Part part, Path unpacked, Map<String, Secret> others)
            throws IOException {
        Path target = Path.of(part.path());
        made.add(target);
        if (part.kind() == Manifest.Kind.STATE) {
            StateFolder.put(parent(target), unpacked, owner);
            return;
        }
        AtomicFiles.makeDirectories(parent(target), 0755);
        AtomicFiles.write(
                target,
                content(part, others).reveal(),
                part.mode(),
                part.owned() ? owner : Optional.empty());
    }
}
