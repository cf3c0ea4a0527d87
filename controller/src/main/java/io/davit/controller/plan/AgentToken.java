package io.davit.controller.plan;

import io.davit.common.HostId;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The token that workers join with, as it stands.
 *
 * @param version of its password; 1 is the one that the cluster was made with
 * @param without hosts for which this version was made, since they are not to know it, by HostId
 *     with the name that they had
 */
public record AgentToken(int version, Map<HostId, String> without) {

    /** Of a cluster that never changed it. */
    public static final AgentToken FIRST = new AgentToken(1, Map.of());

    public AgentToken {
        without = Collections.unmodifiableSortedMap(new TreeMap<>(without));
    }

    /** It was never given to this host. */
    public boolean isWithout(HostId host) {
        return without.containsKey(host);
    }
}
