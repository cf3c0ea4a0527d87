package io.davit.controller.store;

import io.davit.common.AtomicFiles;
import io.davit.common.AtomicFiles.Ownership;
import io.davit.controller.disk.OpenFolder;
import io.davit.controller.disk.Room;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
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
     * @param folder is made if it is missing, 0700
     * @param database that nobody has open
     * @param owner of both; empty: the user of this process. What a folder holds that is somebody
     *     else's is given to them with it, as systemd's {@code StateDirectory=} does; in their own
     *     nothing is touched
     */
    public static void put(Path folder, Path database, Optional<Ownership> owner)
            throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(AtomicFiles.permissions(0700)));
        }
        if (owner.isPresent() && !Files.getOwner(folder).getName().equals(owner.get().owner())) {
            give(folder, owner.get());
        }
        try (var open = OpenFolder.at(folder);
                var _ = new Room().promise(folder.resolve("new"), Files.size(database), 0);
                var content = Files.newInputStream(database)) {
            open.replace(SqliteStore.FILE_NAME, content, owner);
        }
    }

    /** The folder last: before that its new owner changes nothing in it. */
    private static void give(Path folder, Ownership owner) throws IOException {
        List<Path> all;
        try (Stream<Path> files = Files.walk(folder)) {
            all = files.toList();
        }
        for (Path path : all.reversed()) {
            AtomicFiles.chown(path, owner);
        }
    }
}
