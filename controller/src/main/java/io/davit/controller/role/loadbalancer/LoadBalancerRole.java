package io.davit.controller.role.loadbalancer;

import io.davit.controller.observe.HostFacts.NetworkInterface;
import io.davit.controller.plan.Blocker;
import io.davit.controller.plan.BoundHost;
import io.davit.controller.plan.Content;
import io.davit.controller.plan.ControllerWork.MarkJoined;
import io.davit.controller.plan.Deadlines;
import io.davit.controller.plan.Draft;
import io.davit.controller.plan.HostWork;
import io.davit.controller.plan.MaterialNames;
import io.davit.controller.plan.Milestone;
import io.davit.controller.plan.ProbeCall;
import io.davit.controller.plan.Reason;
import io.davit.controller.plan.Reason.Why;
import io.davit.controller.plan.Removals;
import io.davit.controller.plan.RolePlanner;
import io.davit.controller.plan.ServiceWork;
import io.davit.controller.plan.ServiceWork.Downtime;
import io.davit.controller.plan.SlotPlace;
import io.davit.controller.plan.World;
import io.davit.controller.role.Profiles;
import io.davit.controller.spec.Cidr;
import io.davit.controller.spec.Role;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Plans load balancers.
 *
 * <ol>
 *   <li>Each is brought up beside etcd, waiting for nobody: it is healthy when HAProxy runs and its
 *       admin socket answers; its backends come up later.
 *   <li>A changed configuration is a reload, never a restart: connections stay.
 *   <li>With a virtual IP keepalived follows, on the interface that has the host's address.
 *   <li>Load balancers are changed one after another, so that one always serves; those that come
 *       start when the others know them, or two would hold the virtual IP.
 *   <li>Servers that leave stay among the backends until the guard has agreed ({@link Leaving}).
 * </ol>
 */
public final class LoadBalancerRole implements RolePlanner {

    private static final String ROLE = "load-balancer";
    private static final String HAPROXY = "haproxy";
    private static final String KEEPALIVED = "keepalived";

    private static final SlotPlace HAPROXY_CONFIG =
            SlotPlace.open("load-balancer.haproxy-config", "0640", "root", "haproxy");
    private static final SlotPlace SERVER_CA =
            SlotPlace.open("load-balancer.server-ca", "0644", "root", "root");
    private static final SlotPlace KEEPALIVED_CONFIG =
            SlotPlace.open("load-balancer.keepalived-config", "0640", "root", "root");
    private static final String CHECK_CLIENT = "load-balancer.check-client";

    /** As the apiserver sees the health check: a user without any right but to ask /readyz. */
    private static final String CHECK_NAME = "davit:lb-check";

    @Override
    public Role role() {
        return Role.LOAD_BALANCER;
    }

    @Override
    public void plan(World world, Draft draft) {
        List<String> settled = List.of();
        var waits = new ArrayList<String>();
        var inOrder =
                world.here(Role.LOAD_BALANCER).stream()
                        .sorted(Comparator.comparing(host -> joined(world, host) ? 0 : 1))
                        .toList();
        for (BoundHost host : inOrder) {
            boolean joined = joined(world, host);
            var last = balance(world, draft, host, joined, settled);
            last.ifPresent(waits::add);
            if (joined && last.isPresent()) {
                settled = List.of(last.get());
            }
        }
        draft.reached(Milestone.ENDPOINT_SETTLED, waits);
    }

    private static boolean joined(World world, BoundHost host) {
        return world.record().hasJoined(ROLE, host.name(), host.id());
    }

    /** One host's steps; the id of the wait at their end, if there is anything to do. */
    private static Optional<String> balance(
            World world, Draft draft, BoundHost host, boolean joined, List<String> after) {
        var work = new HostWork(world, draft, host, ROLE);
        boolean virtual = world.spec().endpoint().virtualIp().isPresent();
        work.prepare();
        work.osPackage(HAPROXY);
        if (virtual) {
            work.osPackage(KEEPALIVED);
        }
        work.file(
                SERVER_CA,
                Content.of(world.secret(MaterialNames.k3sCertificate("server-ca"))),
                true);
        work.certificate(
                CHECK_CLIENT,
                Profiles.of(
                        world,
                        Profiles.K3S_CLIENT,
                        CHECK_NAME,
                        List.of(),
                        List.of(),
                        List.of("clientAuth")),
                true);
        work.file(HAPROXY_CONFIG, Content.text(Leaving.config(world, host, HAPROXY_CONFIG)), true);
        var haproxy =
                ServiceWork.reloading(
                        work,
                        HAPROXY,
                        Set.of(SERVER_CA.slot(), CHECK_CLIENT, HAPROXY_CONFIG.slot()));
        var moved = haproxy.draft(joined, Downtime.NONE, after).isPresent();
        if (virtual) {
            moved |= keepalived(world, draft, host, joined, after);
        }
        if (joined && !moved && haproxy.settled()) {
            return Optional.empty();
        }
        work.await(
                "await",
                virtual
                        ? List.of(
                                ProbeCall.of("haproxy-serving"), ProbeCall.of("keepalived-serving"))
                        : List.of(ProbeCall.of("haproxy-serving")),
                Deadlines.HEALTHY,
                new Reason(Why.NOT_READY, "balances"),
                List.of());
        if (!joined) {
            work.controller(
                    "joined",
                    new MarkJoined(host.name(), host.id(), ROLE),
                    new Reason(Why.ORDER, "came up once"),
                    List.of());
        }
        return Optional.of(work.stepId("await"));
    }

    /** Servers that leave are drained, then forgotten. */
    @Override
    public void release(World world, Draft draft) {
        var forgotten = new ArrayList<String>();
        for (BoundHost host : world.here(Role.LOAD_BALANCER)) {
            forgotten.addAll(new Leaving(world, draft, host).forget(HAPROXY_CONFIG, HAPROXY));
        }
        draft.reached(Milestone.BACKENDS_FORGOTTEN, forgotten);
    }

    private static boolean keepalived(
            World world, Draft draft, BoundHost host, boolean joined, List<String> after) {
        var card =
                host.observed().observation().orElseThrow().facts().interfaces().stream()
                        .filter(i -> i.address().equals(host.address()))
                        .findFirst();
        String virtualIp = world.spec().endpoint().virtualIp().orElseThrow();
        if (card.isEmpty() || !sameNetwork(card.get(), virtualIp)) {
            draft.block(elsewhere(host, card, virtualIp));
            return false;
        }
        var work = new HostWork(world, draft, host, ROLE);
        work.fileAfter(
                KEEPALIVED_CONFIG,
                Content.text(KeepalivedConfig.render(world.spec(), host.spec(), card.get().name())),
                world.leaving(Role.LOAD_BALANCER).stream()
                        .map(leaving -> Removals.letsGo(leaving.name()))
                        .filter(draft::has)
                        .toList());
        return ServiceWork.reloading(work, KEEPALIVED, Set.of(KEEPALIVED_CONFIG.slot()))
                .draft(joined, Downtime.NONE, after)
                .isPresent();
    }

    private static boolean sameNetwork(NetworkInterface card, String virtualIp) {
        long mask = -1L << (32 - card.prefix());
        return (Cidr.address(card.address()).orElseThrow() & mask)
                == (Cidr.address(virtualIp).orElseThrow() & mask);
    }

    private static Blocker elsewhere(
            BoundHost host, Optional<NetworkInterface> card, String virtualIp) {
        return new Blocker(
                host.name(),
                ROLE,
                "",
                card.map(i ->
                                "virtual IP "
                                        + virtualIp
                                        + " is not in the network of "
                                        + i.name()
                                        + ", "
                                        + i.address()
                                        + "/"
                                        + i.prefix())
                        .orElse("no interface has the address " + host.address()),
                card.isPresent()
                        ? "take a free address of that network, or leave virtualIp out and balance"
                                + " by endpoint.names"
                        : "the virtual IP needs the address on the machine itself, not behind"
                                + " address translation");
    }
}
