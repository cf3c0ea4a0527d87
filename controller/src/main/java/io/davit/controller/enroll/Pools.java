package io.davit.controller.enroll;

import io.davit.controller.store.Reads;
import io.davit.controller.store.Transaction;
import java.util.Map;

/** What of pools follows a cluster's spec and its end, in the transaction that changes those. */
public final class Pools {

    private Pools() {}

    /**
     * From now on a cluster has these pools.
     *
     * @param most hosts that each may have, by name
     */
    public static void accept(Transaction transaction, String cluster, Map<String, Integer> most) {
        close(transaction, cluster);
        most.forEach((name, max) ->
                transaction.put(
                        PoolRecord.TABLE,
                        cluster + "/" + name,
                        new PoolRecord(cluster, name, max)));
    }

    /** Nobody joins any more, until a spec is accepted again. */
    public static void close(Transaction transaction, String cluster) {
        transaction
                .below(PoolRecord.TABLE, cluster)
                .forEach(row -> transaction.remove(PoolRecord.TABLE, row.id()));
    }

    /** A cluster's pool tokens end with it: one of the same name is another cluster. */
    public static void end(Transaction transaction, String cluster) {
        close(transaction, cluster);
        for (Reads.Row<PoolTerms> row : transaction.all(PoolTerms.TABLE)) {
            if (row.value().cluster().equals(cluster)) {
                transaction.remove(PoolTerms.TABLE, row.id());
                transaction.remove(PoolAdmission.RATES, row.id());
                transaction.remove(TokenRecord.TABLE, row.id());
            }
        }
    }
}
