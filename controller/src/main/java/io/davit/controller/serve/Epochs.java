package io.davit.controller.serve;

import io.davit.controller.agentlink.Epoch;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.store.Table;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

/** The numbers of the controller's reigns. */
final class Epochs {

    private static final Table<Reign> TABLE = new Table<>("reign", Reign.class);

    private Epochs() {}

    record Reign(long epoch) {}

    /** Begins a reign: one more than the last, durable before anybody hears of it. */
    static Epoch next(Changes changes, RandomGenerator random) {
        long number = nextNumber(changes);
        var id = new byte[16];
        random.nextBytes(id);
        return new Epoch(number, HexFormat.of().formatHex(id));
    }

    private static long nextNumber(Changes changes) {
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
