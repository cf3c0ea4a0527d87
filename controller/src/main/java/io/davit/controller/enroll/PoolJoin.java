package io.davit.controller.enroll;

import io.davit.controller.store.Table;
import java.time.Instant;

/**
 * A member of a pool that has not been a Ready worker yet: the work of joining it is still owed.
 *
 * @param attempts that began
 * @param lastAttempt when the last one began; of the host's enrolment before the first
 * @param operation that the last one was; empty where the plan was refused already
 * @param why it was refused; empty otherwise
 */
public record PoolJoin(
        String cluster,
        String name,
        int attempts,
        Instant lastAttempt,
        String operation,
        String why) {

    /** As "CLUSTER/HOSTID", like {@link PoolMember}. */
    public static final Table<PoolJoin> TABLE = new Table<>("pool-join", PoolJoin.class);

    /** Nothing was tried yet. */
    static PoolJoin owed(String cluster, String name, Instant now) {
        return new PoolJoin(cluster, name, 0, now, "", "");
    }

    public PoolJoin attempted(String byOperation, Instant now) {
        return new PoolJoin(cluster, name, attempts + 1, now, byOperation, "");
    }

    public PoolJoin refused(String because, Instant now) {
        return new PoolJoin(cluster, name, attempts + 1, now, "", because);
    }

    /** As if nothing had been tried. */
    public PoolJoin anew() {
        return new PoolJoin(cluster, name, 0, lastAttempt, operation, why);
    }
}
