package io.davit.controller.plan;

import io.davit.controller.plan.AgentWork.Disposal;
import io.davit.controller.plan.ControllerWork.EndCluster;
import io.davit.controller.plan.ControllerWork.Parting;
import io.davit.controller.plan.Reason.Why;
import io.davit.controller.spec.Role;
import java.util.ArrayList;
import java.util.List;

/**
 * Plans the end of a whole cluster: workers, servers, load balancers, etcd; each kind after the one
 * before, without any drain. Then the bindings end, and last the cluster itself. A host that is
 * away is in the way, unless a person has given it up.
 */
final class TakeDown {

    static final String END = "cluster/end";

    private TakeDown() {}

    static void plan(World world, Disposal data, Draft draft) {
        for (BoundHost host : world.leaving().values()) {
            boolean givenUp = world.consent().unreachable().contains(host.name());
            draft.remove(Removals.removal(host, "", !host.here() && givenUp));
            if (!host.here()) {
                away(host, givenUp, data, draft);
            }
        }
        var before = List.<String>of();
        for (Role role : List.of(Role.values()).reversed()) {
            var ids = new ArrayList<String>();
            for (BoundHost host : world.leaving(role)) {
                if (host.here() && host.inventory(role.text()).installed()) {
                    ids.add(Removals.removeRole(draft, host, role, data, true, before));
                }
            }
            before = ids.isEmpty() ? before : List.copyOf(ids);
        }
        var ends = new ArrayList<>(before);
        world.leaving()
                .values()
                .forEach(host -> ends.add(Removals.endBinding(draft, host, data, List.of())));
        draft.add(
                Step.byController(
                        END,
                        "",
                        "cluster",
                        new EndCluster(world.spec().name(), data),
                        new Reason(Why.LEFT_SPEC, "the cluster is taken down"),
                        ends,
                        Deadlines.CONTROLLER));
    }

    private static void away(BoundHost host, boolean givenUp, Disposal data, Draft draft) {
        draft.away(host.name());
        if (givenUp) {
            draft.warn(
                    host.name()
                            + ": it is given up unreached, and what runs there runs on: make sure"
                            + " that the machine is off. The host is retired"
                            + (Removals.parting(host, data) == Parting.RETIRED_TO_WIPE
                                    ? Removals.WIPED
                                    : ": wipe the machine before it is used again."));
        } else {
            draft.block(
                    new Blocker(
                            host.name(),
                            "",
                            "",
                            "it is away, so nothing can be removed from it",
                            "bring it back; or, if it never comes back, give it up with"
                                    + " --unreachable "
                                    + host.name()));
        }
    }
}
