package io.davit.controller.plan;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** A probe of a profile with its arguments. */
public record ProbeCall(String probe, Map<String, String> args) {

    public ProbeCall {
        args = Collections.unmodifiableSortedMap(new TreeMap<>(args));
    }

    public static ProbeCall of(String probe) {
        return new ProbeCall(probe, Map.of());
    }

    @Override
    public String toString() {
        return args.isEmpty() ? probe : probe + args;
    }
}
