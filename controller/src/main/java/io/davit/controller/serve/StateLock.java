package io.davit.controller.serve;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Held for as long as a controller acts on a state directory, so that no second one does. */
final class StateLock implements AutoCloseable {

    private final FileChannel channel;
    private final FileLock lock;

    private StateLock(FileChannel channel, FileLock lock) {
        this.channel = channel;
        this.lock = lock;
    }

    static StateLock take(Path state) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        state.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return new StateLock(channel, lock);
            }
        } catch (OverlappingFileLockException e) {
            // held by this very process; told below
        }
        channel.close();
        throw new IOException(
                "cannot use state " + state + ": another controller runs on it; stop that one");
    }

    @Override
    public void close() throws IOException {
        lock.release();
        channel.close();
    }
}
