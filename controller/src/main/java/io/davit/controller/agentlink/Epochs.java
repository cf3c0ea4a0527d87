package io.davit.controller.agentlink;

import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.store.Reads;
import io.davit.controller.store.Table;
import io.davit.controller.store.Transaction;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

/** The numbers of the controller's reigns. */
public final class Epochs {

    /** What agents take at most at once, so that nobody can lock a controller out for ever. */
    public static final long LARGEST_JUMP = 1_000;

    private static final Table<Reign> TABLE = new Table<>("reign", Reign.class);
    private static final String CURRENT = "current";

    private Epochs() {}

    record Reign(long epoch) {}

    /** Begins a reign: one more than the last, durable before anybody hears of it. */
    public static Epoch next(Changes changes, RandomGenerator random) {
        long number =
                changes.make(
                        new Change(Actor.controller(), "start", "controller", ""),
                        transaction -> {
                            long epoch = last(transaction) + 1;
                            transaction.put(TABLE, CURRENT, new Reign(epoch));
                            return epoch;
                        });
        return new Epoch(number, newId(random));
    }

    /** That of a controller that only looks: no agent obeys it, or takes it for the highest. */
    public static Epoch onlyLooking(RandomGenerator random) {
        return new Epoch(0, newId(random));
    }

    /** The last that was begun on this state; 0 before the first. */
    public static long last(Reads reads) {
        return reads.find(TABLE, CURRENT).map(Reign::epoch).orElse(0L);
    }

    /** The next reign will be above this one, too. */
    public static void raise(Transaction transaction, long epoch) {
        transaction.put(TABLE, CURRENT, new Reign(Math.max(last(transaction), epoch)));
    }

    private static String newId(RandomGenerator random) {
        var id = new byte[16];
        random.nextBytes(id);
        return HexFormat.of().formatHex(id);
    }
}
