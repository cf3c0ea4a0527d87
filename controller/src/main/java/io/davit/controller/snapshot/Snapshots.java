package io.davit.controller.snapshot;

import io.davit.common.AtomicFiles;
import io.davit.common.Secret;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.disk.OpenFolder;
import io.davit.controller.store.Reads;
import io.davit.controller.store.SealedSecrets;
import io.davit.controller.store.StoreException;
import io.davit.controller.store.Table;
import io.davit.controller.store.Transaction;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The snapshots that are held: a row each in the state, its key sealed beside it, and a sealed file
 * outside.
 *
 * <ol>
 *   <li>A file is written as {@code NAME.part}, whole and synced before its row is committed, and
 *       renamed to {@code NAME.sealed} after. So a row means that the file is whole, under one of
 *       the two names.
 *   <li>A row is removed before its file. Its key goes with it: what then lies there opens for
 *       nobody.
 *   <li>{@link #tidy} ends what a crash left between these.
 * </ol>
 */
public final class Snapshots {

    private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);

    /** By cluster and name. */
    private static final Table<Snapshot> TABLE = new Table<>("etcd-snapshot", Snapshot.class);

    /** Of each cluster the newest there ever was, whether it is held still or not. */
    private static final Table<Last> LAST = new Table<>("etcd-snapshot-last", Last.class);

    private static final String FOLDER = "snapshots";
    private static final String PART = ".part";
    private static final String WHOLE = ".sealed";

    private final Path directory;
    private final Changes changes;
    private final Reads reads;
    private final SealedSecrets secrets;

    /**
     * Those of one state.
     *
     * @param state the state's directory
     */
    public Snapshots(Path state, Changes changes, Reads reads, SealedSecrets secrets) {
        this.directory = directory(state);
        this.changes = changes;
        this.reads = reads;
        this.secrets = secrets;
    }

    /** The newest snapshot that a cluster ever had. */
    public record Last(String name, Instant takenAt, long sizeBytes) {}

    private static Path directory(Path state) {
        return state.resolve(FOLDER);
    }

    /** Where one lies, or will. */
    public Path file(String name) {
        return directory.resolve(name + WHOLE);
    }

    Path part(String name) {
        return directory.resolve(name + PART);
    }

    /** Where all of them lie; it is there afterwards, for this user alone. */
    Path prepared() throws IOException {
        if (!Files.exists(directory)) {
            Files.createDirectory(
                    directory, PosixFilePermissions.asFileAttribute(AtomicFiles.permissions(0700)));
        }
        return directory;
    }

    /** All of them, by cluster, the newest first. */
    public List<Snapshot> all() {
        return all(reads);
    }

    private static List<Snapshot> all(Reads reads) {
        return reads.all(TABLE).stream()
                .map(Reads.Row::value)
                .sorted(
                        Comparator.comparing(Snapshot::cluster)
                                .thenComparing(Snapshot::name, Comparator.reverseOrder()))
                .toList();
    }

    /** Those of a cluster, the newest first. */
    public List<Snapshot> of(String cluster) {
        return all().stream().filter(snapshot -> snapshot.cluster().equals(cluster)).toList();
    }

    public Optional<Snapshot> find(String name) {
        return find(reads, name);
    }

    /** The same in a state that is not this controller's own, such as a copy. */
    public static Optional<Snapshot> find(Reads reads, String name) {
        return all(reads).stream().filter(snapshot -> snapshot.name().equals(name)).findFirst();
    }

    /** How many a state has rows of. */
    public static int count(Reads reads) {
        return all(reads).size();
    }

    /** The newest that a cluster ever had. */
    public Optional<Last> last(String cluster) {
        return reads.find(LAST, cluster);
    }

    /** Whether there is a file of it: a state that came from a backup may have lost it. */
    public boolean present(Snapshot snapshot) {
        return Files.exists(file(snapshot.name()));
    }

    /**
     * What is in one, as etcd wrote it. The stream throws where the file was changed or cut. root
     * opens it too, in folders that are not root's: no link is followed.
     *
     * @param state directory of the state that the file belongs to
     * @param reads of that state, or of a copy of it
     */
    public static InputStream open(
            Path state, Reads reads, SealedSecrets secrets, Snapshot snapshot) throws IOException {
        Path file = directory(state).resolve(snapshot.name() + WHOLE);
        Secret key = secrets.require(reads, secretName(snapshot.cluster(), snapshot.name()));
        return SealedFile.open(sealed(state, file), file, key, snapshot.name());
    }

    private static InputStream sealed(Path state, Path file) throws IOException {
        try (var whole = OpenFolder.at(state);
                var folder = whole.inside(FOLDER)) {
            return folder.open(String.valueOf(file.getFileName()));
        } catch (NoSuchFileException e) {
            throw new IOException("cannot open snapshot: " + file + " is not there", e);
        }
    }

    /** Ends with the cluster's other secrets, and is renamed with them. */
    private static String secretName(String cluster, String name) {
        return "cluster/" + cluster + "/snapshot/" + name;
    }

    /**
     * All of it lies in its part file, sealed with this key: from now on it is held. To be
     * published next.
     */
    void keep(Snapshot snapshot, Secret key) {
        changes.make(
                new Change(
                        Actor.controller(),
                        "etcd.snapshot",
                        "cluster/" + snapshot.cluster(),
                        snapshot.name() + " " + snapshot.content().sha256()),
                transaction -> {
                    transaction.add(TABLE, id(snapshot), snapshot);
                    transaction.put(
                            LAST,
                            snapshot.cluster(),
                            new Last(
                                    snapshot.name(),
                                    snapshot.takenAt(),
                                    snapshot.content().sizeBytes()));
                    secrets.add(transaction, secretName(snapshot.cluster(), snapshot.name()), key);
                    return snapshot;
                });
    }

    void publish(String name) throws IOException {
        Files.move(part(name), file(name), StandardCopyOption.ATOMIC_MOVE);
        AtomicFiles.syncDirectory(directory);
    }

    private static String id(Snapshot snapshot) {
        return snapshot.cluster() + "/" + snapshot.name();
    }

    /**
     * Removes the oldest of a cluster until it has no more than so many.
     *
     * @param kept just now, and stays whatever the clock says
     */
    void retire(String cluster, int most, String kept) throws IOException {
        var others =
                of(cluster).stream().filter(snapshot -> !snapshot.name().equals(kept)).toList();
        for (Snapshot old : others.stream().skip(Math.max(0, most - 1)).toList()) {
            LOG.info("snapshot {} of cluster {} makes room for newer ones", old.name(), cluster);
            remove(Actor.controller(), "etcd.snapshot-retired", old);
        }
    }

    /** Removes one for good. */
    public void remove(Actor actor, String method, Snapshot snapshot) throws IOException {
        changes.make(
                new Change(actor, method, "cluster/" + snapshot.cluster(), snapshot.name()),
                transaction -> {
                    transaction.remove(TABLE, id(snapshot));
                    secrets.remove(transaction, secretName(snapshot.cluster(), snapshot.name()));
                    return snapshot;
                });
        Files.deleteIfExists(file(snapshot.name()));
    }

    /**
     * A cluster ends: its snapshots go with its secrets, or go by the name that those go by. To be
     * called after the secrets' own end.
     */
    public static void end(
            Transaction transaction, String cluster, String archived, boolean destroy) {
        transaction.remove(LAST, cluster);
        for (var row : transaction.below(TABLE, cluster)) {
            Snapshot old = row.value();
            transaction.remove(TABLE, row.id());
            if (!destroy) {
                var kept =
                        new Snapshot(
                                old.name(), archived, old.takenAt(), old.origin(), old.content());
                transaction.put(TABLE, id(kept), kept);
            }
        }
    }

    /**
     * Removes files that no row belongs to, and gives one its name whose row was the last that was
     * written.
     *
     * @param starting nothing is on its way: a file that is not whole is a crash's
     */
    public void tidy(boolean starting) {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> found = Files.list(directory)) {
            for (Path file : found.toList()) {
                tidy(file, starting);
            }
        } catch (IOException | StoreException e) {
            LOG.error("cannot tidy {}: {}", directory, e.getMessage());
        }
    }

    private void tidy(Path file, boolean starting) throws IOException {
        String name = String.valueOf(file.getFileName());
        boolean part = name.endsWith(PART);
        if (part && !starting || !part && !name.endsWith(WHOLE)) {
            return;
        }
        String snapshot = name.substring(0, name.lastIndexOf('.'));
        if (find(snapshot).isEmpty()) {
            LOG.info("removed {}: no snapshot that is held belongs to it", file);
            Files.deleteIfExists(file);
        } else if (part) {
            publish(snapshot);
        }
    }
}
