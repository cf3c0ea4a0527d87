package io.davit.controller.access;

import io.davit.controller.store.Table;
import java.time.Instant;
import java.util.List;

/**
 * An operator.
 *
 * @param serials of the certificates that are accepted
 */
public record OperatorRecord(
        String name,
        AccessLevel access,
        List<String> serials,
        String createdBy,
        Instant createdAt) {

    /** By name. */
    public static final Table<OperatorRecord> TABLE = new Table<>("operator", OperatorRecord.class);

    /** Copies the serials. */
    public OperatorRecord {
        serials = List.copyOf(serials);
    }
}
