package io.davit.controller.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.common.Secret;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.disk.OpenFolder.LinkRefusedException;
import io.davit.controller.store.Records;
import io.davit.controller.store.SqliteStore;
import io.davit.controller.store.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateCopyTest {

    private static final int VALUES = 30;
    private static final String LONG = "x".repeat(200_000);
    private static final Table<Value> TABLE = new Table<>("value", Value.class);

    @TempDir private Path directory;

    private final Clock clock = Clock.systemUTC();
    private Path state = Path.of("");
    private Path place = Path.of("");

    record Value(int number, String filling) {}

    @BeforeEach
    void folders() throws IOException {
        state = Files.createDirectory(directory.resolve("state"));
        place = Files.createDirectory(directory.resolve("place"));
    }

    private SqliteStore store() {
        return SqliteStore.open(state.resolve(SqliteStore.FILE_NAME));
    }

    private void put(SqliteStore store, int number, String filling) {
        new Changes(store, Secret.ofText("k"), clock)
                .make(
                        new Change(Actor.controller(), "test", "value", ""),
                        transaction -> {
                            var id = String.valueOf(number % VALUES);
                            transaction.put(TABLE, id, new Value(number, filling));
                            return number;
                        });
    }

    private static List<Integer> numbers(StateCopy copy) {
        try (var store = SqliteStore.open(copy.file())) {
            return new Records(store)
                    .all(TABLE).stream().map(row -> row.value().number()).sorted().toList();
        }
    }

    private static List<String> in(Path folder) throws IOException {
        try (Stream<Path> found = Files.list(folder)) {
            return found.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void whatIsOnlyInTheLogYetIsInTheCopyAndNothingIsWrittenToTheState() throws Exception {
        try (var store = store()) {
            put(store, 7, "");
            var before = Files.getLastModifiedTime(state);
            var there = in(state);
            try (var copy = StateCopy.of(state, place, clock, () -> {})) {
                assertThat(numbers(copy)).containsExactly(7);
            }
            assertThat(Files.getLastModifiedTime(state)).isEqualTo(before);
            assertThat(in(state)).isEqualTo(there).contains(SqliteStore.LOG_NAME);
        }
        assertThat(in(place)).isEmpty();
    }

    @Test
    void aStateWhoseLogIsMovedIntoItWhileItIsReadIsReadAgain() throws Exception {
        try (var store = store()) {
            for (int i = 0; i < VALUES; i++) {
                put(store, i, LONG);
            }
            var times = new AtomicInteger();
            try (var copy = StateCopy.of(state, place, clock, () -> writeOn(store, times))) {
                assertThat(times).as("readings of a file").hasValueGreaterThan(2);
                assertThat(numbers(copy))
                        .isEqualTo(IntStream.range(VALUES - 1, 2 * VALUES - 1).boxed().toList());
            }
        }
    }

    /** After the first file that is read: more than SQLite leaves in the log. */
    private void writeOn(SqliteStore store, AtomicInteger times) {
        if (times.getAndIncrement() == 0) {
            for (int i = VALUES; i < 2 * VALUES - 1; i++) {
                put(store, i, LONG);
            }
        }
    }

    @Test
    void aStateThatChangesWheneverItIsReadIsNotCopied() throws Exception {
        try (var store = store()) {
            var times = new AtomicInteger();
            assertThatThrownBy(() ->
                            StateCopy.of(
                                    state,
                                    place,
                                    clock,
                                    () -> {
                                        times.set(0);
                                        writeOn(store, times);
                                    }))
                    .hasMessageContaining("it changed each of the")
                    .hasMessageContaining("try again");
        }
        assertThat(in(place)).isEmpty();
    }

    @Test
    void aLinkInThePlaceOfTheStateOrItsLogIsNotFollowed() throws Exception {
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        try (var store = store()) {
            put(store, 7, "");
        }
        Path moved = elsewhere.resolve("other.db");
        Files.move(state.resolve(SqliteStore.FILE_NAME), moved);
        Files.createSymbolicLink(state.resolve(SqliteStore.FILE_NAME), moved);
        assertThatThrownBy(() -> StateCopy.of(state, place, clock, () -> {}))
                .isInstanceOf(LinkRefusedException.class)
                .hasMessageContaining("state.db is a link");

        Files.move(
                moved, state.resolve(SqliteStore.FILE_NAME), StandardCopyOption.REPLACE_EXISTING);
        Files.createSymbolicLink(state.resolve(SqliteStore.LOG_NAME), elsewhere.resolve("made"));
        assertThatThrownBy(() -> StateCopy.of(state, place, clock, () -> {}))
                .isInstanceOf(LinkRefusedException.class);
        assertThat(in(elsewhere)).isEmpty();
        assertThat(in(place)).isEmpty();
    }

    @Test
    void whatAKilledOneLeftIsRemovedAndWhatSomebodyElseLaidThereIsNot() throws Exception {
        try (var store = store()) {
            put(store, 7, "");
        }
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        Files.createFile(elsewhere.resolve("kept"));
        Files.createSymbolicLink(place.resolve("davit-state-link"), elsewhere);
        Path left = Files.createDirectory(place.resolve("davit-state-left"));
        Files.createFile(left.resolve("state.db"));
        Files.createDirectory(place.resolve("davit-state-now"));
        var old = FileTime.from(clock.instant().minus(Duration.ofHours(2)));
        Files.setLastModifiedTime(left, old);
        Files.setLastModifiedTime(elsewhere, old);

        StateCopy.of(state, place, clock, () -> {}).close();

        assertThat(in(place)).containsExactly("davit-state-link", "davit-state-now");
        assertThat(in(elsewhere)).containsExactly("kept");
    }
}
