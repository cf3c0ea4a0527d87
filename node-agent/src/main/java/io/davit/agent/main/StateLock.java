package io.davit.agent.main;

import io.davit.common.AtomicFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/** The state folder belongs to one process: two writers would ruin the journal. */
final class StateLock implements AutoCloseable {

    private final FileChannel file;

    private StateLock(FileChannel file) {
        this.file = file;
    }

    /**
     * Takes the folder, and makes it if it is missing. The kernel gives it back when the process
     * ends, however it ends.
     *
     * @throws IOException if another process has it
     */
    static StateLock take(Path state) throws IOException {
        Files.createDirectories(
                state, PosixFilePermissions.asFileAttribute(AtomicFiles.permissions(0700)));
        var file =
                FileChannel.open(
                        state.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (!isFree(file)) {
            file.close();
            throw new IOException(
                    "another davit-agent has "
                            + state
                            + "; stop it first: systemctl stop davit-agent");
        }
        return new StateLock(file);
    }

    private static boolean isFree(FileChannel file) throws IOException {
        try {
            @Nullable Object lock = file.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException _) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
