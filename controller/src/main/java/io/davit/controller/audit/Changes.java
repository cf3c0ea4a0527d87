package io.davit.controller.audit;

import io.davit.common.Secret;
import io.davit.controller.store.ConflictException;
import io.davit.controller.store.StateStore;
import io.davit.controller.store.StoreException;
import io.davit.controller.store.Transaction;
import java.time.Clock;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * The only way to change the state: the change and its audit row are committed together, or neither
 * is. If the row cannot be written, the change fails.
 */
public final class Changes {

    /** The sealed secret that holds the key of the chain's macs. */
    public static final String KEY_NAME = "audit-key";

    private static final int ATTEMPTS = 16;
    private static final int LOCK_SECONDS = 30;

    private final ReentrantLock oneAtATime = new ReentrantLock(true);
    private final StateStore store;
    private final AuditChain chain;
    private final Map<String, DeniedCalls> denied = new ConcurrentHashMap<>();
    private final Clock clock;

    /**
     * Changes of one store.
     *
     * @param auditKey the key of the chain's macs
     */
    public Changes(StateStore store, Secret auditKey, Clock clock) {
        this.store = store;
        this.chain = new AuditChain(auditKey, clock);
        this.clock = clock;
    }

    /**
     * Does the work in a transaction that carries the audit row, and commits it. The work may run
     * more than once and must have no effect but on the transaction. What it throws ends the
     * transaction without a trace. Work that writes nothing leaves no row.
     *
     * @throws StoreException if it cannot be committed
     */
    public <T> T make(Change change, Function<Transaction, T> work) {
        lock();
        try {
            for (int attempt = 1; ; attempt++) {
                var transaction = new Transaction(store);
                T result = work.apply(transaction);
                if (!transaction.writesSomething()) {
                    return result;
                }
                chain.append(transaction, change, "ok");
                try {
                    transaction.commit();
                    return result;
                } catch (ConflictException e) {
                    if (attempt == ATTEMPTS) {
                        throw new StoreException(
                                "cannot commit %s: the state changed %d times meanwhile"
                                        .formatted(change.method(), ATTEMPTS),
                                e);
                    }
                }
            }
        } finally {
            oneAtATime.unlock();
        }
    }

    /**
     * Records a call that was denied. At a high rate calls are only counted, and the count is told
     * in the next row, so that they cannot fill the disk. Each door has a budget of its own: a
     * flood at one hides nothing at another.
     *
     * @param door the listener it came in by; there are a few, fixed
     */
    public void denied(String door, Change change, String why) {
        OptionalLong skipped = denied.computeIfAbsent(door, _ -> new DeniedCalls(clock)).admit();
        if (skipped.isPresent()) {
            appendAlone(
                    change,
                    skipped.getAsLong() == 0
                            ? "denied: " + why
                            : "denied: %s (%d more denied calls before it)"
                                    .formatted(why, skipped.getAsLong()));
        }
    }

    private void appendAlone(Change change, String result) {
        lock();
        try {
            for (int attempt = 1; ; attempt++) {
                var transaction = new Transaction(store);
                chain.append(transaction, change, result);
                try {
                    transaction.commit();
                    return;
                } catch (ConflictException e) {
                    if (attempt == ATTEMPTS) {
                        throw new StoreException("cannot record a denied call", e);
                    }
                }
            }
        } finally {
            oneAtATime.unlock();
        }
    }

    private void lock() {
        try {
            if (!oneAtATime.tryLock(LOCK_SECONDS, TimeUnit.SECONDS)) {
                throw new StoreException(
                        "cannot change the state: another change holds it for more than "
                                + LOCK_SECONDS
                                + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException("cannot change the state: interrupted", e);
        }
    }
}
