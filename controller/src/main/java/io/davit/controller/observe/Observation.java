package io.davit.controller.observe;

import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * One host's answer to "what is so?".
 *
 * @param observedAt on the host's own clock
 * @param roles inventories by role name; a role that is missing has nothing there
 * @param withoutSecretDigests the agent had no key for the digests of secret slots
 */
public record Observation(
        Instant observedAt,
        HostFacts facts,
        Map<String, RoleInventory> roles,
        boolean withoutSecretDigests) {

    public Observation {
        roles = Collections.unmodifiableSortedMap(new TreeMap<>(roles));
    }

    public RoleInventory role(String role) {
        var inventory = roles.get(role);
        return inventory == null ? RoleInventory.absent(role) : inventory;
    }
}
