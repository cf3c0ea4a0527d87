package io.davit.controller.plan;

import io.davit.common.HostId;
import io.davit.controller.observe.ObservedHost;
import io.davit.controller.observe.RoleInventory;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.Role;
import java.util.List;
import java.util.Optional;

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

    /**
     * The roles that are work of their own here: a server is a worker anyway, without a second unit
     * (k3s-io/k3s#5973).
     */
    public List<Role> ownRoles() {
        return spec.roles().stream()
                .filter(role -> role != Role.WORKER || !has(Role.CONTROL_PLANE))
                .toList();
    }

    /** It can be worked on now: it has a session and has said what is so. */
    public boolean here() {
        return observed.connected() && observed.observation().isPresent();
    }

    /** What the controller holds for this machine's OS release and that has this package. */
    Optional<Catalog.PackageSet> packageSet(Catalog catalog, String packageName) {
        return observed.observation()
                .map(observation -> observation.facts())
                .flatMap(facts ->
                        catalog.packageSet(
                                facts.osId() + "-" + facts.osVersion(), facts.arch(), packageName));
    }

    public RoleInventory inventory(String role) {
        return observed.role(role);
    }
}
