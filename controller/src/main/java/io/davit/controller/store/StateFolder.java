package io.davit.controller.store;

import io.davit.common.AtomicFiles;
import io.davit.common.AtomicFiles.Ownership;
import io.davit.controller.disk.OpenFolder;
import io.davit.controller.disk.Room;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The folder of a controller's state, into which root puts a state. It is the controller's user's,
 * who may change any of its names meanwhile: so a state is made elsewhere, by a process that works
 * there alone, and comes in as one file, through no link.
 */
public final class StateFolder {

    private StateFolder() {}

    /**
     * What of a state is there: the database, or only the log of one that was taken away. SQLite
     * would write such a log into the next database (<a
     * href="https://www.sqlite.org/howtocorrupt.html">sqlite.org/howtocorrupt.html</a>, 1.4).
     */
    public static Optional<Path> found(Path folder) {
        return Stream.of(SqliteStore.FILE_NAME, SqliteStore.LOG_NAME)
                .map(folder::resolve)
                .filter(file -> Files.exists(file, LinkOption.NOFOLLOW_LINKS))
                .findFirst();
    }

    /**
     * Puts a state there, 0600, whole and for good.
     *
     * @param folder is made if it is missing, 0700; a link to one is followed
     * @param database that nobody has open
     * @param owner of both; empty: the user of this process. What a folder holds that is somebody
     *     else's is given to them with it, as systemd's {@code StateDirectory=} does; in their own
     *     nothing is touched
     * @throws IOException if a log lies beside the database: what was written last is only there
     */
    public static void put(Path folder, Path database, Optional<Ownership> owner)
            throws IOException {
        if (Files.exists(database.resolveSibling(SqliteStore.LOG_NAME))) {
            throw new IOException(
                    "cannot put a state into %s: SQLite could not finish it in %s; is there room?"
                            .formatted(folder, database.getParent()));
        }
        make(folder.toAbsolutePath());
        Path real = folder.toRealPath();
        if (owner.isPresent()
                && !Files.getOwner(real).equals(AtomicFiles.principal(owner.get().owner()))) {
            try (var all = OpenFolder.at(real)) {
                all.give(owner.get());
            }
        }
        try (var open = OpenFolder.at(real);
                var _ = new Room().promise(real.resolve("new"), Files.size(database), 0);
                var content = Files.newInputStream(database)) {
            open.replace(SqliteStore.FILE_NAME, content, owner);
        }
    }

    private static void make(Path folder) throws IOException {
        Path above = folder.getParent();
        if (above != null) {
            AtomicFiles.makeDirectories(above, 0755);
        }
        AtomicFiles.makeDirectories(folder, 0700);
    }
}
