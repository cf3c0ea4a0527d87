package io.davit.controller.role.loadbalancer;

import io.davit.controller.observe.RoleInventory.BackendState;
import io.davit.controller.observe.RoleInventory.SlotState;
import io.davit.controller.plan.AgentWork.RunAction;
import io.davit.controller.plan.BoundHost;
import io.davit.controller.plan.Content;
import io.davit.controller.plan.Draft;
import io.davit.controller.plan.HostWork;
import io.davit.controller.plan.Material;
import io.davit.controller.plan.Reason;
import io.davit.controller.plan.Reason.Why;
import io.davit.controller.plan.Removals;
import io.davit.controller.plan.ServiceWork;
import io.davit.controller.plan.SlotPlace;
import io.davit.controller.plan.World;
import io.davit.controller.spec.ClusterSpec;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one load balancer does about servers that leave: it keeps them among its backends beside
 * those that come, until the guard has agreed; then it drains them, and forgets them by a reload.
 * One that has forgotten them never learns of them again.
 */
final class Leaving {

    private static final String ROLE = "load-balancer";

    private final World world;
    private final Draft draft;
    private final BoundHost balancer;
    private final List<BoundHost> servers;

    Leaving(World world, Draft draft, BoundHost balancer) {
        this.world = world;
        this.draft = draft;
        this.balancer = balancer;
        this.servers = servers(world);
    }

    private static List<BoundHost> servers(World world) {
        return world.leaving(Role.CONTROL_PLANE).stream()
                .filter(host -> host.here() && host.inventory("control-plane").installed())
                .toList();
    }

    /** HAProxy's configuration at first. */
    static String config(World world, BoundHost balancer, SlotPlace place) {
        var servers = servers(world);
        String then = HaproxyConfig.render(world.spec());
        return servers.isEmpty() || holds(world, balancer, place, then)
                ? then
                : HaproxyConfig.render(with(world.spec(), servers));
    }

    private static boolean holds(World world, BoundHost balancer, SlotPlace place, String text) {
        Optional<String> wanted =
                world.material()
                        .digests(balancer.id(), place.slot(), place.secret(), Content.text(text))
                        .map(Material.SlotDigests::digest);
        return wanted.isPresent()
                && wanted.equals(
                        balancer.inventory(ROLE).slot(place.slot()).map(SlotState::digest));
    }

    /** An operation that stopped has left it so. */
    private boolean drained(BoundHost server) {
        return balancer.inventory(ROLE)
                .loadBalancer()
                .map(state -> state.backends().get(server.name()))
                .filter(BackendState::drained)
                .isPresent();
    }

    private static ClusterSpec with(ClusterSpec spec, List<BoundHost> servers) {
        var hosts = new ArrayList<>(spec.hosts());
        for (BoundHost server : servers) {
            hosts.add(
                    new HostSpec(
                            server.name(),
                            server.address(),
                            List.of(Role.CONTROL_PLANE),
                            Map.of(),
                            List.of()));
        }
        return new ClusterSpec(
                spec.name(),
                spec.k3sVersion(),
                spec.server(),
                spec.agent(),
                spec.etcdVersion(),
                spec.network(),
                spec.endpoint(),
                Optional.of(spec.balancerPort()),
                spec.registries(),
                spec.pools(),
                hosts);
    }

    /** Drafts it; the ids of the steps after which nobody is brought to those servers any more. */
    List<String> forget(SlotPlace place, String unit) {
        String then = HaproxyConfig.render(world.spec());
        boolean asked =
                servers.stream().allMatch(server -> draft.has(Removals.mayLeave(server.name())));
        if (servers.isEmpty() || !asked || holds(world, balancer, place, then)) {
            return List.of();
        }
        var work = new HostWork(world, draft, balancer, ROLE);
        var agreed = servers.stream().map(server -> Removals.mayLeave(server.name())).toList();
        for (BoundHost server : servers) {
            if (drained(server) && !draft.has(work.stepId("service." + unit))) {
                continue;
            }
            work.action(
                    "drain." + server.name(),
                    new RunAction("lb-drain", Map.of("server", server.name())),
                    new Reason(Why.LEFT_SPEC, server.name()),
                    agreed);
        }
        var reason =
                new Reason(
                        Why.LEFT_SPEC,
                        String.join(", ", servers.stream().map(BoundHost::name).toList()));
        work.fileAfterwards(
                place,
                Content.text(config(world, balancer, place)),
                Content.text(then),
                reason,
                agreed);
        return List.of(ServiceWork.reloadAfterwards(work, unit, List.of(place.slot()), reason));
    }
}
