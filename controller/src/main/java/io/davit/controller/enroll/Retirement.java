package io.davit.controller.enroll;

import io.davit.controller.store.Table;
import io.davit.controller.store.Transaction;
import java.time.Instant;
import java.util.Optional;

/**
 * What is to become of a host that was given up while nobody could reach it.
 *
 * @param cluster that it was in
 * @param name that it had there
 * @param wipe a person has approved that its worker role and all data of it are destroyed
 * @param wipedAt when that was seen to be so last; empty: not yet
 */
public record Retirement(String cluster, String name, boolean wipe, Optional<Instant> wipedAt) {

    /** By HostId. Hosts that were retired by an early version have none, and are left alone. */
    public static final Table<Retirement> TABLE = new Table<>("retirement", Retirement.class);

    /** Retires a host, in one change. */
    public static void begin(Transaction transaction, HostRecord host, Place place, boolean wipe) {
        transaction.put(HostRecord.TABLE, host.id(), host.retired());
        transaction.put(
                TABLE,
                host.id(),
                new Retirement(place.cluster(), place.name(), wipe, Optional.empty()));
    }

    Retirement wiped(Instant at) {
        return new Retirement(cluster, name, wipe, Optional.of(at));
    }
}
