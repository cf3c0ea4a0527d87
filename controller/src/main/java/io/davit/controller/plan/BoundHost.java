package io.davit.controller.plan;

import io.davit.common.HostId;
import io.davit.controller.observe.ObservedHost;
import io.davit.controller.observe.RoleInventory;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.Role;

/** A host of the spec with the machine that it is. */
public record BoundHost(HostSpec spec, ObservedHost observed) {

    public String name() {
        return spec.name();
    }

    public HostId id() {
        return observed.hostId();
    }

    public String address() {
        return spec.address();
    }

    public boolean has(Role role) {
        return spec.has(role);
    }

    /** It can be worked on now: it has a session and has said what is so. */
    public boolean here() {
        return observed.connected() && observed.observation().isPresent();
    }

    public RoleInventory inventory(String role) {
        return observed.role(role);
    }
}
