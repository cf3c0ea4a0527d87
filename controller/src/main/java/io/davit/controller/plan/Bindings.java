package io.davit.controller.plan;

import io.davit.common.HostId;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The stored facts that spec host NAME of one cluster is HostId X. */
public record Bindings(Map<String, HostId> byName) {

    public Bindings {
        byName = Collections.unmodifiableSortedMap(new TreeMap<>(byName));
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
        return new Bindings(next);
    }
}
