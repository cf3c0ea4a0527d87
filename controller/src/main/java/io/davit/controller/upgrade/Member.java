package io.davit.controller.upgrade;

import io.davit.common.HostId;
import io.davit.controller.spec.Role;
import java.util.Set;

/**
 * A host whose agent may be upgraded.
 *
 * @param cluster empty if it is bound nowhere
 * @param name in the cluster; empty if it is bound nowhere
 */
public record Member(HostId id, String hostname, String cluster, String name, Set<Role> roles) {

    public Member {
        roles = Set.copyOf(roles);
    }

    /** As people know it. */
    public String shown() {
        return cluster.isEmpty() ? hostname : cluster + "/" + name;
    }
}
