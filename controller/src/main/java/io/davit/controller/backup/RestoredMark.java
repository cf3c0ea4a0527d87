package io.davit.controller.backup;

import io.davit.controller.store.Reads;
import io.davit.controller.store.Table;
import io.davit.controller.store.Transaction;
import java.time.Instant;
import java.util.Optional;

/**
 * Stands in a state that came from a backup until a person adopts it. While it stands, the
 * controller is in adopt mode.
 *
 * @param epoch the last one begun before the backup
 */
public record RestoredMark(Instant backedUpAt, Instant restoredAt, long epoch) {

    private static final Table<RestoredMark> TABLE = new Table<>("restored", RestoredMark.class);
    private static final String CURRENT = "current";

    /** The mark, if it stands. */
    public static Optional<RestoredMark> find(Reads reads) {
        return reads.find(TABLE, CURRENT);
    }

    void put(Transaction transaction) {
        transaction.put(TABLE, CURRENT, this);
    }

    static void remove(Transaction transaction) {
        transaction.remove(TABLE, CURRENT);
    }

    /** Why calls are refused, for whoever made one. */
    public String why() {
        return "this controller was restored from a backup of %s and acts on no host before an admin has looked; see davit adopt, then davit adopt --confirm"
                .formatted(backedUpAt);
    }
}
