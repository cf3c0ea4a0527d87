package io.davit.controller.plan;

import io.davit.controller.observe.NodeState;
import io.davit.controller.spec.ClusterSpec;
import io.davit.controller.spec.Role;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What roles look at while they plan: the wanted cluster on the machines that it is bound to.
 *
 * @param hosts by spec name
 * @param leaving bound hosts that are in the spec no more, by name
 * @param nodes of the Kubernetes cluster by name; empty where no server could tell
 */
public record World(
        ClusterSpec spec,
        SortedMap<String, BoundHost> hosts,
        SortedMap<String, BoundHost> leaving,
        Optional<SortedMap<String, NodeState>> nodes,
        ClusterRecord record,
        Catalog catalog,
        Material material,
        Instant now,
        Consent consent) {

    public World {
        hosts = Collections.unmodifiableSortedMap(new TreeMap<>(hosts));
        leaving = Collections.unmodifiableSortedMap(new TreeMap<>(leaving));
    }

    /** The same with other material. */
    World with(Material next) {
        return new World(spec, hosts, leaving, nodes, record, catalog, next, now, consent);
    }

    public boolean allowDowntime() {
        return consent.downtime();
    }

    /** The leaving hosts that had this role, by name. */
    public List<BoundHost> leaving(Role role) {
        return leaving.values().stream().filter(host -> host.has(role)).toList();
    }

    /** The node of this name, where a server could tell. */
    public Optional<NodeState> node(String name) {
        return nodes.flatMap(all -> Optional.ofNullable(all.get(name)));
    }

    /** The hosts that work may be planned for. */
    public List<BoundHost> touched() {
        return hosts.values().stream().filter(host -> consent.touches(host.name())).toList();
    }

    /** Every host of the cluster has a machine. */
    boolean complete() {
        return hosts.size() == spec.hosts().size();
    }

    /** The host of this name, which must be in the spec. */
    public BoundHost host(String name) {
        return Optional.ofNullable(hosts.get(name)).orElseThrow();
    }

    /** The hosts with a role, by name, here or away. */
    public List<BoundHost> hosts(Role role) {
        return hosts.values().stream().filter(host -> host.has(role)).toList();
    }

    /** The hosts with a role that can be worked on. */
    public List<BoundHost> here(Role role) {
        return hosts(role).stream().filter(BoundHost::here).toList();
    }

    /** A reference to a piece of material, in the version that counts now. */
    public Content.SecretRef secret(String name) {
        return new Content.SecretRef(name, material.version(name));
    }
}
