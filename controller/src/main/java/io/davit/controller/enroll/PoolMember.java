package io.davit.controller.enroll;

import io.davit.common.HostId;
import io.davit.controller.store.Reads;
import io.davit.controller.store.Table;
import java.util.List;

/**
 * The binding of a host that a pool's token brought: it is {@code name} of {@code cluster} without
 * standing in the file. Its {@link Place} stands beside it.
 *
 * @param address that it enrolled from
 * @param tokenId it enrolled with
 * @param leaving a person has removed it; it goes when its machine is cleaned
 */
public record PoolMember(
        HostId host,
        String cluster,
        String pool,
        String name,
        String address,
        String tokenId,
        boolean leaving) {

    /** As "CLUSTER/HOSTID". */
    public static final Table<PoolMember> TABLE = new Table<>("pool-member", PoolMember.class);

    /** The members of a cluster's pools, by HostId. */
    public static List<PoolMember> of(Reads reads, String cluster) {
        return reads.below(TABLE, cluster).stream().map(Reads.Row::value).toList();
    }

    /** As it is stored. */
    public String id() {
        return cluster + "/" + host;
    }

    public PoolMember goes() {
        return new PoolMember(host, cluster, pool, name, address, tokenId, true);
    }
}
