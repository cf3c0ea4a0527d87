package io.davit.controller.plan;

import io.davit.common.HostId;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the controller itself remembers of a cluster, beyond spec and bindings: the marks that make
 * a bootstrap happen once.
 *
 * @param cluster its name
 * @param generation of the accepted spec that the next plan is for
 * @param joined "ROLE/HOST NAME" → the host that came up under this name once
 */
public record ClusterRecord(
        String cluster,
        long generation,
        EtcdState etcd,
        FirstServer firstServer,
        Map<String, HostId> joined) {

    public ClusterRecord {
        joined = Collections.unmodifiableSortedMap(new TreeMap<>(joined));
    }

    /** A cluster that does not exist yet. */
    public static ClusterRecord fresh(String cluster, long generation) {
        return new ClusterRecord(
                cluster, generation, new EtcdState.None(), new FirstServer.None(), Map.of());
    }

    /** Has this very host come up in this role under this name? */
    public boolean hasJoined(String role, String host, HostId id) {
        return id.equals(joined.get(role + "/" + host));
    }

    public ClusterRecord withGeneration(long next) {
        return new ClusterRecord(cluster, next, etcd, firstServer, joined);
    }

    public ClusterRecord withEtcd(EtcdState next) {
        return new ClusterRecord(cluster, generation, next, firstServer, joined);
    }

    public ClusterRecord withFirstServer(FirstServer next) {
        return new ClusterRecord(cluster, generation, etcd, next, joined);
    }

    public ClusterRecord withJoined(String role, String host, HostId id) {
        var next = new TreeMap<>(joined);
        next.put(role + "/" + host, id);
        return new ClusterRecord(cluster, generation, etcd, firstServer, next);
    }

    /** It is not known that anything ever came up under this name. */
    public ClusterRecord withoutHost(String host) {
        var next = new TreeMap<>(joined);
        next.keySet().removeIf(key -> key.endsWith("/" + host));
        return new ClusterRecord(cluster, generation, etcd, firstServer, next);
    }
}
