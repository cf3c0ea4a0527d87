package io.davit.controller.serve;

import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.store.Table;

/** The numbers of the controller's reigns. */
final class Epochs {

    private static final Table<Reign> TABLE = new Table<>("reign", Reign.class);

    private Epochs() {}

    record Reign(long epoch) {}

    /** Begins a reign: one more than the last, durable before anybody hears of it. */
    static long next(Changes changes) {
        return changes.make(
                new Change(Actor.controller(), "start", "controller", ""),
                transaction -> {
                    long epoch =
                            transaction.find(TABLE, "current").map(Reign::epoch).orElse(0L) + 1;
                    transaction.put(TABLE, "current", new Reign(epoch));
                    return epoch;
                });
    }
}
