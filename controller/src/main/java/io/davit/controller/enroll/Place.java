package io.davit.controller.enroll;

import io.davit.controller.store.Table;

/**
 * A binding, seen from its host: spec host {@code name} of {@code cluster} is this host. A host has
 * at most one.
 */
public record Place(String cluster, String name) {

    /** By HostId. */
    public static final Table<Place> TABLE = new Table<>("binding", Place.class);
}
