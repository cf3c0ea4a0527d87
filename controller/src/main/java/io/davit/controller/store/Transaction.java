package io.davit.controller.store;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Reads and writes that become one {@link Batch}: every record that was read must be unchanged when
 * it commits. Reads see the transaction's own writes. Used by one thread.
 *
 * <p>Lists are guarded by what they returned, not against rows that appear meanwhile; all
 * transactions of one controller are serialized by the audit chain's head, which each of them reads
 * and writes.
 */
public final class Transaction implements Reads {

    private final StateStore store;
    private final Json json = new Json();
    private final Map<String, Long> expected = new LinkedHashMap<>();
    private final Map<String, Optional<String>> writes = new LinkedHashMap<>();

    /** Begins a transaction on the store. Nothing happens there before {@link #commit()}. */
    public Transaction(StateStore store) {
        this.store = store;
    }

    @Override
    public <T> Optional<T> find(Table<T> table, String id) {
        String key = table.key(id);
        Optional<String> written = writes.get(key);
        if (written != null) {
            return written.map(text -> json.read(text, table.type(), key));
        }
        Optional<Document> document = store.read(key);
        expected.putIfAbsent(key, document.map(Document::revision).orElse(0L));
        return document.map(found -> json.read(found.content(), table.type(), key));
    }

    @Override
    public <T> List<Row<T>> all(Table<T> table) {
        return list(table, table.prefix());
    }

    @Override
    public <T> List<Row<T>> below(Table<T> table, String prefix) {
        return list(table, table.key(prefix) + "/");
    }

    @Override
    public <T> List<Row<T>> newest(Table<T> table, int limit) {
        List<Row<T>> rows = all(table);
        return rows.reversed().stream().limit(limit).toList();
    }

    @Override
    public <T> Optional<Row<T>> newestBelow(Table<T> table, String prefix) {
        List<Row<T>> rows = below(table, prefix);
        return rows.isEmpty() ? Optional.empty() : Optional.of(rows.getLast());
    }

    private <T> List<Row<T>> list(Table<T> table, String prefix) {
        var found = new TreeMap<String, String>();
        for (Document document : store.list(prefix)) {
            expected.putIfAbsent(document.key(), document.revision());
            found.put(document.key(), document.content());
        }
        writes.forEach((key, content) -> {
            if (key.startsWith(prefix)) {
                content.ifPresentOrElse(text -> found.put(key, text), () -> found.remove(key));
            }
        });
        var rows = new ArrayList<Row<T>>();
        found.forEach((key, text) ->
                rows.add(new Row<>(table.id(key), json.read(text, table.type(), key))));
        return List.copyOf(rows);
    }

    /** Writes a record, new or not. */
    public <T> void put(Table<T> table, String id, T value) {
        writes.put(table.key(id), Optional.of(json.write(value)));
    }

    /**
     * Writes a record that must not exist yet.
     *
     * @throws IllegalStateException if it does
     */
    public <T> void add(Table<T> table, String id, T value) {
        if (find(table, id).isPresent()) {
            throw new IllegalStateException(
                    "cannot add " + table.name() + " " + id + ": it exists already");
        }
        put(table, id, value);
    }

    /** Removes a record; nothing happens if there is none. */
    public void remove(Table<?> table, String id) {
        writes.put(table.key(id), Optional.empty());
    }

    /** Whether anything was written so far. */
    public boolean writesSomething() {
        return !writes.isEmpty();
    }

    /**
     * Commits, if every record that was read is unchanged.
     *
     * @throws ConflictException if one is not; begin a new transaction then
     */
    public void commit() throws ConflictException {
        store.commit(new Batch(expected, writes));
    }
}
