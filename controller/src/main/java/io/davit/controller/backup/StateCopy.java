package io.davit.controller.backup;

import io.davit.controller.disk.OpenFolder;
import io.davit.controller.disk.Room;
import io.davit.controller.disk.ScratchFolder;
import io.davit.controller.store.SqliteStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;

/**
 * A copy of a controller's state as of one moment, whether the controller runs or not, in a folder
 * of this process's user alone.
 *
 * <p>The folder of the state is the controller's user's, who may change any of its names while root
 * copies: nothing is written there and no link followed. SQLite would do both, so it sees only what
 * was copied:
 *
 * <ol>
 *   <li>The database and then its write-ahead log are read, byte by byte.
 *   <li>Both are read again, until all of it is what was read before, and at most more is in the
 *       log. The database is written only when the log is moved into it; else the log grows, or is
 *       begun anew with another head (<a
 *       href="https://www.sqlite.org/walformat.html">sqlite.org/walformat.html</a>). So nothing of
 *       this happened in between, and both belong together.
 *   <li>SQLite opens what was read, leaves out what was not committed, and writes a compact copy.
 * </ol>
 */
final class StateCopy implements AutoCloseable {

    private static final int READINGS = 30;
    private static final int PART = 1 << 16;
    private static final List<String> FILES = List.of(SqliteStore.FILE_NAME, SqliteStore.LOG_NAME);

    private final ScratchFolder folder;
    private final PosixFileAttributes original;

    private StateCopy(ScratchFolder folder, PosixFileAttributes original) {
        this.folder = folder;
        this.original = original;
    }

    /**
     * Takes it.
     *
     * @param state directory of the state
     * @throws IOException if there is none, or it cannot be read
     * @throws io.davit.controller.store.StoreException if it is no state
     */
    static StateCopy of(Path state, Clock clock) throws IOException {
        return of(state, ScratchFolder.PLACE, clock, () -> {});
    }

    static StateCopy of(Path state, Path place, Clock clock, Runnable afterEachFile)
            throws IOException {
        var folder = ScratchFolder.make(place, clock);
        try {
            Path read = Files.createDirectory(folder.file("read"));
            var copy = new StateCopy(folder, read(state, read, afterEachFile));
            SqliteStore.copy(read.resolve(SqliteStore.FILE_NAME), copy.file());
            for (String name : FILES) {
                Files.deleteIfExists(read.resolve(name));
            }
            return copy;
        } catch (IOException | RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    private static PosixFileAttributes read(Path state, Path into, Runnable afterEachFile)
            throws IOException {
        try (var from = OpenFolder.at(state)) {
            var original =
                    from.file(SqliteStore.FILE_NAME)
                            .orElseThrow(() ->
                                    new IOException(
                                            "cannot read state %s: there is none"
                                                    .formatted(
                                                            state.resolve(SqliteStore.FILE_NAME))));
            for (int reading = 0; reading < READINGS; reading++) {
                for (String name : FILES) {
                    copy(from, name, into);
                    afterEachFile.run();
                }
                if (isStill(from, into)) {
                    return original;
                }
            }
        }
        throw new IOException(
                "cannot read state %s: it changed each of the %d times that it was read; try again"
                        .formatted(state.resolve(SqliteStore.FILE_NAME), READINGS));
    }

    /** As much as it says that it has: what grows meanwhile is found when it is read again. */
    private static void copy(OpenFolder from, String name, Path into) throws IOException {
        long size = from.file(name).map(PosixFileAttributes::size).orElse(0L);
        Path to = into.resolve(name);
        try (var _ = new Room().promise(to, 2 * size, Room.RESERVE);
                var content = open(from, name);
                var copy = Files.newOutputStream(to)) {
            for (long left = size; left > 0; ) {
                byte[] part = content.readNBytes((int) Math.min(PART, left));
                if (part.length == 0) {
                    return;
                }
                copy.write(part);
                left -= part.length;
            }
        }
    }

    private static boolean isStill(OpenFolder from, Path into) throws IOException {
        for (String name : FILES) {
            try (var now = open(from, name);
                    var then = Files.newInputStream(into.resolve(name))) {
                if (!begins(now, then)) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean begins(InputStream now, InputStream then) throws IOException {
        for (byte[] part = then.readNBytes(PART); part.length > 0; part = then.readNBytes(PART)) {
            if (!Arrays.equals(part, now.readNBytes(part.length))) {
                return false;
            }
        }
        return true;
    }

    /** Without a log there is nothing in it. */
    private static InputStream open(OpenFolder from, String name) throws IOException {
        try {
            return from.open(name);
        } catch (NoSuchFileException e) {
            return InputStream.nullInputStream();
        }
    }

    /** Where it lies until it is closed. */
    Path file() {
        return folder.file(SqliteStore.FILE_NAME);
    }

    /** Owner and permissions of what it was copied from. */
    PosixFileAttributes original() {
        return original;
    }

    @Override
    public void close() throws IOException {
        folder.close();
    }
}
