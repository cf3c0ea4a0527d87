package io.davit.controller.enroll;

import io.davit.controller.store.Table;

/**
 * A pool of an accepted spec, open to hosts with its token. It is written as the spec is accepted,
 * and gone once its cluster is to be taken down.
 *
 * @param max how many hosts it may have
 */
public record PoolRecord(String cluster, String name, int max) {

    /** As "CLUSTER/NAME". */
    public static final Table<PoolRecord> TABLE = new Table<>("pool", PoolRecord.class);
}
