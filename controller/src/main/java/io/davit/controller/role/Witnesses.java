package io.davit.controller.role;

import io.davit.common.HostId;
import io.davit.controller.plan.Blocker;
import io.davit.controller.plan.BoundHost;
import io.davit.controller.plan.Draft;
import io.davit.controller.plan.World;
import io.davit.controller.spec.Role;
import java.util.List;

/**
 * The hosts that can tell whether something elsewhere has come about. Where none of them is here,
 * nobody could ever tell: that is a blocker now, not a wait that ends in a failure.
 */
public final class Witnesses {

    private Witnesses() {}

    /**
     * The hosts with this role that are here.
     *
     * @param what that nobody could tell otherwise: "whether new nodes get ready"
     */
    public static List<HostId> of(World world, Draft draft, Role role, String what) {
        var here = world.here(role);
        if (here.isEmpty()) {
            world.hosts(role).stream()
                    .findFirst()
                    .ifPresent(host ->
                            draft.block(
                                    new Blocker(
                                            host.name(),
                                            role.text(),
                                            "",
                                            "it is away, and no other host with this role is here"
                                                    + " to tell "
                                                    + what,
                                            "bring the host back")));
        }
        return here.stream().map(BoundHost::id).toList();
    }
}
