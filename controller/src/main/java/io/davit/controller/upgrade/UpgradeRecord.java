package io.davit.controller.upgrade;

import io.davit.controller.plan.Blocker;
import io.davit.controller.store.Reads;
import io.davit.controller.store.Table;
import io.davit.controller.store.Transaction;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * An upgrade of agents as it is stored; its hosts are stored beside it, one by one.
 *
 * @param again also to what did not stand its trial on a host before
 * @param badness of each cluster as it began
 * @param causes all of them, when it did not end well
 */
public record UpgradeRecord(
        String id,
        String version,
        State state,
        String operator,
        boolean again,
        Map<String, Integer> badness,
        Instant startedAt,
        Optional<Instant> endedAt,
        List<Blocker> causes) {

    static final Table<UpgradeRecord> TABLE = new Table<>("agents-upgrade", UpgradeRecord.class);

    /** Where it is. */
    public enum State {
        RUNNING,
        /** No further host begins; those that have begun end. */
        CANCELLING,
        DONE,
        FAILED,
        /** Hosts were away. */
        INCOMPLETE,
        CANCELLED;

        boolean ended() {
            return this != RUNNING && this != CANCELLING;
        }
    }

    public UpgradeRecord {
        badness = Map.copyOf(new TreeMap<>(badness));
        causes = List.copyOf(causes);
    }

    /** The one that runs. */
    static Optional<UpgradeRecord> running(Reads reads) {
        return reads.all(TABLE).stream()
                .map(Reads.Row::value)
                .filter(upgrade -> !upgrade.state().ended())
                .findFirst();
    }

    /** The ids of all that are remembered. */
    public static List<String> ids(Reads reads) {
        return reads.all(TABLE).stream().map(Reads.Row::id).toList();
    }

    /** Ends what ran when a backup was taken, in the change that restores. */
    public static void endRestored(Transaction transaction, Blocker why, Instant now) {
        running(transaction)
                .map(upgrade -> upgrade.ended(State.FAILED, List.of(why), now))
                .ifPresent(upgrade -> transaction.put(TABLE, upgrade.id(), upgrade));
    }

    UpgradeRecord cancelling() {
        return new UpgradeRecord(
                id,
                version,
                State.CANCELLING,
                operator,
                again,
                badness,
                startedAt,
                endedAt,
                causes);
    }

    UpgradeRecord ended(State how, List<Blocker> why, Instant now) {
        return new UpgradeRecord(
                id, version, how, operator, again, badness, startedAt, Optional.of(now), why);
    }
}
