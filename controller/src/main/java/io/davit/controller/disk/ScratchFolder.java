package io.davit.controller.disk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;

/**
 * A folder in which a state is copied or made, of this process's user alone, which is gone when it
 * is closed. What a process that was killed left is removed when another one is made.
 */
public final class ScratchFolder implements AutoCloseable {

    /** Where they are; in memory on no host, and there after a restart. */
    public static final Path PLACE = Path.of("/var/tmp");

    private static final String PREFIX = "davit-state-";

    /** What is older was left by a process that was killed. */
    private static final Duration LONGEST = Duration.ofHours(1);

    private final Path path;

    private ScratchFolder(Path path) {
        this.path = path;
    }

    /** Makes one, 0700, of a name that nobody knows before. */
    public static ScratchFolder make(Path place, Clock clock) throws IOException {
        forgetOld(place, clock.instant().minus(LONGEST));
        return new ScratchFolder(Files.createTempDirectory(place, PREFIX));
    }

    private static void forgetOld(Path place, Instant old) throws IOException {
        try (var found = Files.newDirectoryStream(place, PREFIX + "*")) {
            for (Path left : found) {
                forget(left, old);
            }
        }
    }

    private static void forget(Path left, Instant old) throws IOException {
        try {
            if (OwnFolder.against(left).isEmpty()
                    && Files.getLastModifiedTime(left).toInstant().isBefore(old)) {
                removeAll(left);
            }
        } catch (NoSuchFileException e) {
            // whoever made it has removed it meanwhile
        }
    }

    /** Where a file of this name is, or would be. */
    public Path file(String name) {
        return path.resolve(name);
    }

    @Override
    public void close() throws IOException {
        removeAll(path);
    }

    private static void removeAll(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.toList().reversed()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
