package io.davit.controller.plan;

import io.davit.common.HostId;
import io.davit.controller.spec.ClusterSpec;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.Role;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The stored facts that spec host NAME of one cluster is HostId X. A binding outlives its host in
 * the spec until the host has been removed.
 *
 * @param roles what the last accepted spec that had the host gave it
 */
public record Bindings(Map<String, HostId> byName, Map<String, List<Role>> roles) {

    public Bindings {
        byName = Collections.unmodifiableSortedMap(new TreeMap<>(byName));
        SortedMap<String, List<Role>> copy = new TreeMap<>();
        roles.forEach((name, list) -> copy.put(name, List.copyOf(list)));
        roles = Collections.unmodifiableSortedMap(copy);
    }

    public Bindings(Map<String, HostId> byName) {
        this(byName, Map.of());
    }

    public static Bindings none() {
        return new Bindings(Map.of());
    }

    public Optional<HostId> host(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    public Bindings with(String name, HostId id) {
        var next = new TreeMap<>(byName);
        next.put(name, id);
        return new Bindings(next, roles);
    }

    public Bindings without(String name) {
        var next = new TreeMap<>(byName);
        next.remove(name);
        return new Bindings(next, roles);
    }

    /** With a host and its roles. */
    public Bindings with(String name, HostId id, List<Role> given) {
        var next = new TreeMap<>(roles);
        next.put(name, given);
        return new Bindings(with(name, id).byName(), next);
    }

    /** With the roles that a spec gives its hosts; those of others stay as they were. */
    public Bindings givenBy(ClusterSpec spec) {
        var next = new TreeMap<>(roles);
        for (HostSpec host : spec.hosts()) {
            next.put(host.name(), host.roles());
        }
        return new Bindings(byName, next);
    }

    /** The names of bound hosts that a spec has no more. */
    public List<String> leaving(ClusterSpec spec) {
        var names = new ArrayList<>(byName.keySet());
        spec.hosts().forEach(host -> names.remove(host.name()));
        return List.copyOf(names);
    }
}
