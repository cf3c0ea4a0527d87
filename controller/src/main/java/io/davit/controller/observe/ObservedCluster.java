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
 */
public record ObservedCluster(Map<HostId, ObservedHost> hosts) {

    public ObservedCluster {
        var sorted =
                new TreeMap<HostId, ObservedHost>(java.util.Comparator.comparing(HostId::toString));
        sorted.putAll(hosts);
        hosts = Collections.unmodifiableSortedMap(sorted);
    }

    public static ObservedCluster of(Collection<ObservedHost> hosts) {
        SortedMap<HostId, ObservedHost> map =
                new TreeMap<>(java.util.Comparator.comparing(HostId::toString));
        hosts.forEach(host -> map.put(host.hostId(), host));
        return new ObservedCluster(map);
    }

    public Optional<ObservedHost> host(HostId id) {
        return Optional.ofNullable(hosts.get(id));
    }
}
