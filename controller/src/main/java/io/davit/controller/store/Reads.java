package io.davit.controller.store;

import java.util.List;
import java.util.Optional;

/** Typed reading of documents. */
public interface Reads {

    /** The record with this id, if there is one. */
    <T> Optional<T> find(Table<T> table, String id);

    /** All records of a table, by id in ascending order. */
    <T> List<Row<T>> all(Table<T> table);

    /**
     * All records whose id starts with {@code prefix} and a slash, by id in ascending order; the
     * rows carry whole ids.
     */
    <T> List<Row<T>> below(Table<T> table, String prefix);

    /** The records with the highest ids, highest first, at most {@code limit}. */
    <T> List<Row<T>> newest(Table<T> table, int limit);

    /** The record with the highest id below a prefix. */
    <T> Optional<Row<T>> newestBelow(Table<T> table, String prefix);

    /** A record with its id. */
    record Row<T>(String id, T value) {}
}
