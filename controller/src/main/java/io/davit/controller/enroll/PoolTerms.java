package io.davit.controller.enroll;

import io.davit.controller.store.Table;

/**
 * What makes a token a pool token: its hosts are members of this pool.
 *
 * @param max how many members may be there by this token at a time
 * @param joinsPerMinute how many may come in a minute
 */
record PoolTerms(String cluster, String pool, int max, int joinsPerMinute) {

    /** By the token's id. */
    static final Table<PoolTerms> TABLE = new Table<>("token-pool", PoolTerms.class);

    /** As {@link PoolRecord} is stored, and as people write it. */
    String target() {
        return cluster + "/" + pool;
    }
}
