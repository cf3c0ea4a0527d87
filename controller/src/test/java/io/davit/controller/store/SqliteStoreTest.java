package io.davit.controller.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteStoreTest extends StateStoreContract {

    @TempDir private Path directory;

    @Override
    StateStore open() {
        return SqliteStore.open(directory.resolve("state.db"));
    }

    @Test
    void documentsAndRevisionsOutliveTheProcess() throws Exception {
        store().commit(new Batch(Map.of(), Map.of("a/1", Optional.of("x"))));
        Document before = store().read("a/1").orElseThrow();
        reopen();
        assertThat(store().read("a/1")).contains(before);
        store().commit(new Batch(Map.of(), Map.of("a/2", Optional.of("y"))));
        assertThat(store().read("a/2").orElseThrow().revision()).isGreaterThan(before.revision());
    }

    @Test
    void theFileIsItsOwnersAlone() throws Exception {
        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(directory.resolve("state.db"))))
                .isEqualTo("rw-------");
    }

    @Test
    void theLogIsWrittenAheadAndSyncedFully() throws Exception {
        try (var connection =
                        DriverManager.getConnection(
                                "jdbc:sqlite:" + directory.resolve("state.db"));
                Statement statement = connection.createStatement();
                ResultSet mode = statement.executeQuery("PRAGMA journal_mode")) {
            assertThat(mode.next()).isTrue();
            assertThat(mode.getString(1)).isEqualTo("wal");
        }
    }

    @Test
    void aStateOfANewerDavitIsRefused() throws Exception {
        store().close();
        try (var connection =
                        DriverManager.getConnection(
                                "jdbc:sqlite:" + directory.resolve("state.db"));
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA user_version = 99");
        }
        assertThatThrownBy(this::open)
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("its schema is 99");
        try (var connection =
                        DriverManager.getConnection(
                                "jdbc:sqlite:" + directory.resolve("state.db"));
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA user_version = 1");
        }
        reopen();
    }
}
