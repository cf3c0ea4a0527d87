package io.davit.controller.observe;

import io.davit.common.HostId;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All enrolled hosts that a plan may look at, by identity: those of the cluster and the free ones.
 *
 * @param nodes of the Kubernetes cluster by name; empty where no server could tell
 */
public record ObservedCluster(
        Map<HostId, ObservedHost> hosts, Optional<SortedMap<String, NodeState>> nodes) {

    public ObservedCluster {
        var sorted =
                new TreeMap<HostId, ObservedHost>(java.util.Comparator.comparing(HostId::toString));
        sorted.putAll(hosts);
        hosts = Collections.unmodifiableSortedMap(sorted);
        nodes = nodes.map(map -> Collections.unmodifiableSortedMap(new TreeMap<>(map)));
    }

    public static ObservedCluster of(Collection<ObservedHost> hosts) {
        SortedMap<HostId, ObservedHost> map =
                new TreeMap<>(java.util.Comparator.comparing(HostId::toString));
        hosts.forEach(host -> map.put(host.hostId(), host));
        return new ObservedCluster(map, Optional.empty());
    }

    public ObservedCluster withNodes(Collection<NodeState> found) {
        SortedMap<String, NodeState> map = new TreeMap<>();
        found.forEach(node -> map.put(node.name(), node));
        return new ObservedCluster(hosts, Optional.of(map));
    }

    public Optional<ObservedHost> host(HostId id) {
        return Optional.ofNullable(hosts.get(id));
    }
}
