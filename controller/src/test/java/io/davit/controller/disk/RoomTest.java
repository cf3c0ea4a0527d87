package io.davit.controller.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoomTest {

    /** Other processes write to the disk of the test too. */
    private static final long TOLERANCE = 512L << 20;

    @TempDir private Path directory;

    private final Room room = new Room();

    @Test
    void whatIsPromisedIsNotFreeUntilThePromiseIsClosed() throws Exception {
        long free = room.freeBytes(directory);
        try (var _ = room.promise(directory.resolve("a"), free / 3 * 2, 0)) {
            assertThatThrownBy(() -> room.promise(directory.resolve("b"), free / 3 * 2, 0))
                    .isInstanceOf(Room.NoRoomException.class)
                    .hasMessageContaining("cannot write below " + directory + ": ");
        }
        room.promise(directory.resolve("b"), free / 3 * 2, 0).close();
    }

    @Test
    void theReserveStaysFree() throws Exception {
        long free = room.freeBytes(directory);
        assertThatThrownBy(() -> room.promise(directory.resolve("a"), 1, free + TOLERANCE))
                .isInstanceOf(Room.NoRoomException.class);
        assertThat(room.freeBytes(directory)).as("nothing was promised").isPositive();
    }

    @Test
    void whatIsWrittenOfAFileCountsOnce() throws Exception {
        long free = room.freeBytes(directory);
        Path file = directory.resolve("a");
        long size = free / 3 * 2;
        try (var _ = room.promise(file, size, 0);
                var content =
                        Files.newByteChannel(
                                file,
                                StandardOpenOption.CREATE_NEW,
                                StandardOpenOption.WRITE,
                                StandardOpenOption.SPARSE)) {
            assertThat(room.freeBytes(directory)).isLessThan(free - size + TOLERANCE);
            content.position(size - 1).write(ByteBuffer.allocate(1));
            assertThat(room.freeBytes(directory))
                    .as("the file is sparse, so that only its length tells how far it is")
                    .isGreaterThan(free - TOLERANCE);
        }
    }
}
