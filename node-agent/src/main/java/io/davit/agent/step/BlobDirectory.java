package io.davit.agent.step;

import io.davit.common.AtomicFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;

/**
 * The agent's own place for files on their way to the controller, for root alone. They are somebody
 * else's secrets, so it is empty but while a step runs: cleared before and after each, and whenever
 * the agent starts. Programs that write here are the agent's children and are killed with it.
 */
record BlobDirectory(Path path) {

    static BlobDirectory of(Path stateDirectory) {
        return new BlobDirectory(stateDirectory.resolve("blobs"));
    }

    /** Makes it, empty. */
    void prepare() throws IOException {
        clear();
        Files.createDirectory(
                path, PosixFilePermissions.asFileAttribute(AtomicFiles.permissions(0700)));
    }

    /** Removes it with all that is in it; nothing happens where there is none. */
    void clear() throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        try (Stream<Path> found = Files.list(path)) {
            for (Path file : found.toList()) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(path);
    }

    long freeBytes() throws IOException {
        return Files.getFileStore(path).getUsableSpace();
    }
}
