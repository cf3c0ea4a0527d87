package io.davit.controller.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The store in one SQLite file: write-ahead log, synced fully at each commit. One connection, one
 * lock: one controller owns the file, and its documents are few and small.
 */
public final class SqliteStore implements StateStore {

    /** Of the store in a state directory. */
    public static final String FILE_NAME = "state.db";

    /** Of its write-ahead log beside it: what was committed and is not in the file yet. */
    public static final String LOG_NAME = FILE_NAME + "-wal";

    private static final int SCHEMA = 1;

    private final ReentrantLock lock = new ReentrantLock();
    private final Connection connection;
    private final Path file;

    private SqliteStore(Connection connection, Path file) {
        this.connection = connection;
        this.file = file;
    }

    /**
     * Opens the store, making the file if it is not there.
     *
     * @throws StoreException if the file cannot be opened or belongs to a newer Davit
     */
    public static SqliteStore open(Path file) {
        try {
            if (!Files.exists(file)) {
                // its companion files take over its mode
                Files.createFile(
                        file,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
            }
            Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
            var store = new SqliteStore(connection, file);
            try {
                store.prepare();
            } catch (SQLException | RuntimeException failure) {
                connection.close();
                throw failure;
            }
            return store;
        } catch (SQLException | IOException e) {
            throw new StoreException("cannot open state " + file + ": " + e.getMessage(), e);
        }
    }

    /**
     * Copies a store as of one moment.
     *
     * @param target must not exist
     * @throws StoreException if it cannot be read or written
     */
    public static void copy(Path file, Path target) {
        try (Connection own = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            try (Statement waiting = own.createStatement()) {
                waiting.execute("PRAGMA busy_timeout = 5000");
            }
            try (PreparedStatement copying = own.prepareStatement("VACUUM INTO ?")) {
                copying.setString(1, target.toString());
                copying.execute();
            }
        } catch (SQLException e) {
            throw new StoreException("cannot copy state " + file + ": " + e.getMessage(), e);
        }
    }

    private void prepare() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA busy_timeout = 5000");
            statement.execute("PRAGMA journal_mode = WAL");
            statement.execute("PRAGMA synchronous = FULL");
            int schema = userVersion(statement);
            if (schema > SCHEMA) {
                throw new StoreException(
                        "cannot open state %s: its schema is %d, this controller knows %d; use the newer one"
                                .formatted(file, schema, SCHEMA));
            }
            statement.execute(
                    "CREATE TABLE IF NOT EXISTS document (key TEXT PRIMARY KEY, revision INTEGER"
                            + " NOT NULL, content TEXT NOT NULL) WITHOUT ROWID");
            statement.execute(
                    "CREATE TABLE IF NOT EXISTS revision (only_row INTEGER PRIMARY KEY CHECK"
                            + " (only_row = 1), last INTEGER NOT NULL)");
            statement.execute("INSERT OR IGNORE INTO revision VALUES (1, 0)");
            statement.execute("PRAGMA user_version = " + SCHEMA);
        }
        connection.setAutoCommit(false);
    }

    private static int userVersion(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("PRAGMA user_version")) {
            return row.next() ? row.getInt(1) : 0;
        }
    }

    @Override
    public Optional<Document> read(String key) {
        List<Document> found =
                select("SELECT key, revision, content FROM document WHERE key = ?", List.of(key));
        return found.stream().findFirst();
    }

    @Override
    public List<Document> list(String prefix) {
        return select(
                "SELECT key, revision, content FROM document WHERE key >= ? AND key < ? ORDER BY"
                        + " key",
                List.of(prefix, DocumentKeys.after(prefix)));
    }

    @Override
    public List<Document> last(String prefix, int limit) {
        return select(
                "SELECT key, revision, content FROM document WHERE key >= ? AND key < ?"
                        + " ORDER BY key DESC LIMIT ?",
                List.of(prefix, DocumentKeys.after(prefix), limit));
    }

    private List<Document> select(String sql, List<Object> arguments) {
        lock.lock();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < arguments.size(); i++) {
                statement.setObject(i + 1, arguments.get(i));
            }
            var found = new ArrayList<Document>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    found.add(new Document(rows.getString(1), rows.getLong(2), rows.getString(3)));
                }
            }
            connection.commit();
            return List.copyOf(found);
        } catch (SQLException e) {
            throw new StoreException("cannot read state " + file + ": " + e.getMessage(), e);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void commit(Batch batch) throws ConflictException {
        lock.lock();
        try {
            boolean committed = false;
            try {
                for (Map.Entry<String, Long> expected : batch.expected().entrySet()) {
                    long actual = revisionOf(expected.getKey());
                    if (actual != expected.getValue()) {
                        throw new ConflictException(expected.getKey(), expected.getValue(), actual);
                    }
                }
                write(batch.writes(), nextRevision());
                connection.commit();
                committed = true;
            } finally {
                if (!committed) {
                    connection.rollback();
                }
            }
        } catch (SQLException e) {
            throw new StoreException("cannot write state " + file + ": " + e.getMessage(), e);
        } finally {
            lock.unlock();
        }
    }

    private long revisionOf(String key) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT revision FROM document WHERE key = ?")) {
            statement.setString(1, key);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getLong(1) : 0;
            }
        }
    }

    private long nextRevision() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "UPDATE revision SET last = last + 1 RETURNING last")) {
            if (!row.next()) {
                throw new StoreException("cannot write state " + file + ": no revision row");
            }
            return row.getLong(1);
        }
    }

    private void write(Map<String, Optional<String>> writes, long revision) throws SQLException {
        try (PreparedStatement put =
                        connection.prepareStatement(
                                "INSERT OR REPLACE INTO document VALUES (?, ?, ?)");
                PreparedStatement delete =
                        connection.prepareStatement("DELETE FROM document WHERE key = ?")) {
            for (Map.Entry<String, Optional<String>> write : writes.entrySet()) {
                if (write.getValue().isPresent()) {
                    put.setString(1, write.getKey());
                    put.setLong(2, revision);
                    put.setString(3, write.getValue().get());
                    put.executeUpdate();
                } else {
                    delete.setString(1, write.getKey());
                    delete.executeUpdate();
                }
            }
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            connection.close();
        } catch (SQLException e) {
            throw new StoreException("cannot close state " + file + ": " + e.getMessage(), e);
        } finally {
            lock.unlock();
        }
    }
}
