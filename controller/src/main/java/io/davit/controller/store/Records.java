package io.davit.controller.store;

import java.util.List;
import java.util.Optional;

/** Typed reading of what is committed now. Changes go through {@link Transaction}s only. */
public final class Records implements Reads {

    private final StateStore store;
    private final Json json = new Json();

    /** Reads from the given store. */
    public Records(StateStore store) {
        this.store = store;
    }

    @Override
    public <T> Optional<T> find(Table<T> table, String id) {
        return store.read(table.key(id)).map(document -> row(table, document).value());
    }

    @Override
    public <T> List<Row<T>> all(Table<T> table) {
        return rows(table, store.list(table.prefix()));
    }

    @Override
    public <T> List<Row<T>> below(Table<T> table, String prefix) {
        return rows(table, store.list(table.key(prefix) + "/"));
    }

    @Override
    public <T> List<Row<T>> newest(Table<T> table, int limit) {
        return rows(table, store.last(table.prefix(), limit));
    }

    @Override
    public <T> Optional<Row<T>> newestBelow(Table<T> table, String prefix) {
        return rows(table, store.last(table.key(prefix) + "/", 1)).stream().findFirst();
    }

    private <T> List<Row<T>> rows(Table<T> table, List<Document> documents) {
        return documents.stream().map(document -> row(table, document)).toList();
    }

    private <T> Row<T> row(Table<T> table, Document document) {
        return new Row<>(
                table.id(document.key()),
                json.read(document.content(), table.type(), document.key()));
    }
}
