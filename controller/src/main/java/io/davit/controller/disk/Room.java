package io.davit.controller.disk;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The room on the disks of this process's files. What is about to be written is promised its room
 * before, so that files that grow at once, each of which would fit alone, do not fill a disk
 * together. What was written of a file already is no longer free anyway, and counts once.
 */
public final class Room {

    /** Kept free beside what the controller receives. */
    public static final long RESERVE = 512L << 20;

    private final Set<Promise> promises = new HashSet<>();

    /** There is less room than a file needs. */
    public static final class NoRoomException extends IOException {

        private static final long serialVersionUID = 1L;

        private final long neededBytes;
        private final long freeBytes;

        NoRoomException(Path directory, long neededBytes, long freeBytes) {
            super(
                    "cannot write below %s: %d MiB are needed, %d MiB are free"
                            .formatted(
                                    directory,
                                    (neededBytes + (1 << 20) - 1) >> 20,
                                    freeBytes >> 20));
            this.neededBytes = neededBytes;
            this.freeBytes = freeBytes;
        }

        public long neededBytes() {
            return neededBytes;
        }

        public long freeBytes() {
            return freeBytes;
        }
    }

    /** Free bytes where a directory lies, without those that are promised there. */
    public synchronized long freeBytes(Path directory) throws IOException {
        FileStore disk = Files.getFileStore(directory);
        long free = disk.getUsableSpace();
        for (Promise promise : promises) {
            free -= promise.disk.equals(disk) ? promise.leftBytes() : 0;
        }
        return Math.max(0, free);
    }

    /**
     * Promises a file its room, until the promise is closed.
     *
     * @param file in a directory that is there; may be there in part
     * @param sizeBytes of the whole
     * @param reserveBytes to be free beside it
     */
    public synchronized Promise promise(Path file, long sizeBytes, long reserveBytes)
            throws IOException {
        Path directory = Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(file);
        var promise = new Promise(file, sizeBytes, Files.getFileStore(directory));
        long needed = promise.leftBytes() + reserveBytes;
        long free = freeBytes(directory);
        if (free < needed) {
            throw new NoRoomException(directory, needed, free);
        }
        promises.add(promise);
        return promise;
    }

    private synchronized void end(Promise promise) {
        promises.remove(promise);
    }

    /** Room that nobody else gets. */
    public final class Promise implements AutoCloseable {

        private final Path file;
        private final long sizeBytes;
        private final FileStore disk;

        private Promise(Path file, long sizeBytes, FileStore disk) {
            this.file = file;
            this.sizeBytes = sizeBytes;
            this.disk = disk;
        }

        private long leftBytes() throws IOException {
            try {
                return Math.max(0, sizeBytes - Files.size(file));
            } catch (NoSuchFileException e) {
                return sizeBytes;
            }
        }

        @Override
        public void close() {
            end(this);
        }
    }
}
