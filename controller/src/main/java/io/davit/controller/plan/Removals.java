package io.davit.controller.plan;

import io.davit.controller.plan.AgentWork.Desired;
import io.davit.controller.plan.AgentWork.Disposal;
import io.davit.controller.plan.AgentWork.EnsureService;
import io.davit.controller.plan.AgentWork.RemoveRole;
import io.davit.controller.plan.ControllerWork.EndBinding;
import io.davit.controller.plan.ControllerWork.MayLeave;
import io.davit.controller.plan.ControllerWork.Parting;
import io.davit.controller.plan.Reason.Why;
import io.davit.controller.spec.Role;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Plans the hosts that are bound and in the spec no more.
 *
 * <ol>
 *   <li>A load balancer that leaves lets go of the virtual IP before those that stay are told to
 *       forget it: a keepalived that nobody talks to any more would take the address too.
 *   <li>A server that leaves is asked about first (the guard), then forgotten by every load
 *       balancer.
 *   <li>A node is cordoned and drained; then its unit stops, and its Node object and password go.
 *   <li>The host's roles go, the last one first, each by a step that names the HostId.
 *   <li>The binding ends, and the host is free.
 * </ol>
 *
 * What leaves waits for what comes: new workers are Ready, and everybody has moved to a new
 * endpoint, before anything is taken away. A worker that cannot be reached goes only where a person
 * has named it: the agent token changes ({@link Rotation}), then its node goes, and the host is
 * retired. Other hosts that cannot be reached stay: a server would keep etcd's credential and the
 * server token, a load balancer the virtual IP.
 */
public final class Removals {

    /** What becomes of a worker that was given up. */
    static final String WIPED =
            ": it is never bound again. Should its agent come back, its worker role and all data of"
                    + " it are destroyed there, without asking again.";

    private final World world;
    private final Draft draft;
    private final Nodes nodes;

    Removals(World world, Draft draft) {
        this.world = world;
        this.draft = draft;
        this.nodes = new Nodes(world, draft);
    }

    /** The id of the guard's step for a server that leaves. */
    public static String mayLeave(String host) {
        return host + "/control-plane/may-leave";
    }

    /** The id of the step by which a load balancer that leaves lets go of the virtual IP. */
    public static String letsGo(String host) {
        return host + "/load-balancer/service.keepalived";
    }

    /** Why hosts cannot leave now, and who they are; nothing is drafted for them otherwise. */
    void check() {
        for (BoundHost host : world.leaving().values()) {
            boolean givenUp = !host.here() && world.consent().unreachable().contains(host.name());
            String uid = isNode(host) ? world.node(host.name()).map(n -> n.uid()).orElse("") : "";
            draft.remove(removal(host, uid, givenUp));
            if (!host.here()) {
                away(host, givenUp);
            }
            if (waits(host)) {
                draft.postpone(
                        new Blocker(
                                host.name(),
                                "",
                                "",
                                "cannot remove it now: no control-plane host that stays can say"
                                        + " which node it is",
                                "mend the control plane first (davit status): put this host back"
                                        + " into the spec, apply, and take it out again"));
            }
        }
        world.consent().unreachable().forEach(this::checkGivenUp);
        oneBalancerStays();
    }

    private void checkGivenUp(String name) {
        if (world.spec().host(name).isPresent()) {
            draft.block(
                    new Blocker(
                            name,
                            "",
                            "",
                            "it was given up as unreachable, but no host of this name is to be"
                                    + " removed",
                            "leave --unreachable out, or take the host out of the spec"));
        } else if (!world.leaving().containsKey(name)) {
            // an operation that gave it up finds it so when it plans for the last time
            draft.warn(name + ": it was given up as unreachable; no host of this name is there");
        } else if (world.leaving().get(name) instanceof BoundHost host && host.here()) {
            draft.warn(name + ": it is here and is removed as usual; --unreachable is not needed");
        }
    }

    private static boolean isNode(BoundHost host) {
        return host.has(Role.WORKER) || host.has(Role.CONTROL_PLANE);
    }

    /** Before the first server was done nobody ever joined. */
    private boolean anyNodes() {
        return world.record().firstServer() instanceof FirstServer.Done;
    }

    /** Its node has a UID that nobody can tell now. */
    private boolean waits(BoundHost host) {
        return isNode(host) && anyNodes() && nodes.nobodyCanAct();
    }

    private void away(BoundHost host, boolean givenUp) {
        draft.away(host.name());
        if (host.has(Role.CONTROL_PLANE)) {
            block(
                    host,
                    "it is away, and a control-plane host cannot be removed unreached: it would"
                            + " keep etcd's credential and the server token, and run on",
                    "bring it back, then apply again");
        } else if (host.has(Role.LOAD_BALANCER)) {
            block(
                    host,
                    "it is away, and a load balancer cannot be removed unreached: it may hold the"
                            + " endpoint's address",
                    "bring it back, then apply again");
        } else if (!givenUp) {
            block(
                    host,
                    "it is away, so nothing can be removed from it",
                    "bring it back; or, if it never comes back, give it up with --unreachable "
                            + host.name());
        } else {
            draft.warn(
                    host.name()
                            + ": it is given up unreached. Its Pods are started elsewhere while"
                            + " they may still run there: make sure that the machine is off. The"
                            + " agent token, which it knows, is rotated: every control-plane host"
                            + " and worker restarts k3s for it. Its kubelet's certificate stays"
                            + " valid until it ends. The host is retired"
                            + WIPED);
        }
    }

    /** With a virtual IP, one that is up must stay and take it over. */
    private void oneBalancerStays() {
        var leaving = world.leaving(Role.LOAD_BALANCER);
        if (leaving.isEmpty() || world.spec().endpoint().virtualIp().isEmpty()) {
            return;
        }
        boolean stays =
                world.here(Role.LOAD_BALANCER).stream()
                        .anyMatch(host ->
                                world.record().hasJoined("load-balancer", host.name(), host.id()));
        if (!stays) {
            block(
                    leaving.getFirst(),
                    "no load balancer stays that is up and could take the virtual IP over",
                    "add the new load balancers and apply; then take the old ones out");
        }
    }

    static Plan.Removal removal(BoundHost host, String nodeUid, boolean givenUp) {
        return new Plan.Removal(
                host.name(),
                host.id(),
                host.spec().roles().stream().map(Role::text).toList(),
                nodeUid,
                givenUp);
    }

    private void block(BoundHost host, String cause, String remedy) {
        draft.block(new Blocker(host.name(), "", "", "cannot remove it: " + cause, remedy));
    }

    /** Before the load balancers that stay are configured. */
    void letGoOfVirtualIp() {
        for (BoundHost host : world.leaving(Role.LOAD_BALANCER)) {
            stop(host, Role.LOAD_BALANCER, "keepalived", List.of());
        }
    }

    /** After what comes is up, and before load balancers forget servers. */
    void askGuard() {
        for (BoundHost host : world.leaving(Role.CONTROL_PLANE)) {
            if (host.here() && host.inventory("control-plane").installed() && !waits(host)) {
                draft.add(
                        Step.byController(
                                mayLeave(host.name()),
                                host.name(),
                                "control-plane",
                                new MayLeave(host.name(), host.id()),
                                new Reason(Why.ORDER, "a server that stays is ready"),
                                whatComes(),
                                Deadlines.CONTROLLER));
            }
        }
    }

    private List<String> whatComes() {
        var ids = new ArrayList<>(draft.after(Milestone.ENDPOINT_SETTLED));
        for (BoundHost host : world.hosts(Role.WORKER)) {
            String id = host.name() + "/worker/await-node";
            if (draft.has(id)) {
                ids.add(id);
            }
        }
        return ids;
    }

    /** Everything else. */
    void remove() {
        nodes.mark();
        nodes.uncordonReturned();
        for (BoundHost host : world.leaving().values()) {
            boolean givenUp = Rotation.isGivenUp(world, host);
            if (waits(host) || givenUp && Rotation.of(world).inTheWay().isPresent()) {
                continue;
            }
            // as long as a server takes the token that it knows, it could join again
            var after = givenUp ? draft.after(Milestone.ENDPOINT_SETTLED) : List.<String>of();
            if (isNode(host) && host.here()) {
                nodes.empty(host, whatComes());
                stop(host, Role.CONTROL_PLANE, "k3s", draft.after(Milestone.BACKENDS_FORGOTTEN));
                stop(host, Role.WORKER, "k3s-agent", List.of());
            }
            if (isNode(host)) {
                nodes.delete(host, after);
            }
            for (Role role : host.spec().roles().reversed()) {
                removeRole(host, role);
            }
            endBinding(draft, host, Disposal.DESTROY, after);
        }
    }

    private void stop(BoundHost host, Role role, String unit, List<String> after) {
        var state = host.inventory(role.text()).unit(unit);
        if (host.here() && state.filter(it -> it.running() || it.enabled()).isPresent()) {
            add(
                    draft,
                    host,
                    role.text(),
                    "service." + unit,
                    new EnsureService(unit, Desired.STOPPED, Map.of(), List.of(), false),
                    after,
                    Effect.STOP,
                    Deadlines.SERVICE);
        }
    }

    private void removeRole(BoundHost host, Role role) {
        if (host.here() && host.inventory(role.text()).installed()) {
            removeRole(
                    draft,
                    host,
                    role,
                    Disposal.DESTROY,
                    false,
                    role == Role.LOAD_BALANCER ? whatComes() : List.of());
        }
    }

    static String removeRole(
            Draft draft,
            BoundHost host,
            Role role,
            Disposal data,
            boolean wholeCluster,
            List<String> after) {
        return add(
                draft,
                host,
                role.text(),
                "remove",
                new RemoveRole(new Ref.Known(host.id().value()), data, wholeCluster),
                after,
                Effect.DESTROY,
                Deadlines.REMOVE);
    }

    /** How a host leaves whose data end so. */
    static Parting parting(BoundHost host, Disposal data) {
        if (host.here()) {
            return Parting.FREE;
        }
        return data == Disposal.DESTROY && host.spec().roles().equals(List.of(Role.WORKER))
                ? Parting.RETIRED_TO_WIPE
                : Parting.RETIRED;
    }

    static String endBinding(Draft draft, BoundHost host, Disposal data, List<String> after) {
        String id = host.name() + "/host/unbind";
        draft.add(
                Step.byController(
                        id,
                        host.name(),
                        "host",
                        new EndBinding(
                                host.name(), new Ref.Known(host.id().value()), parting(host, data)),
                        new Reason(Why.LEFT_SPEC, ""),
                        after,
                        Deadlines.CONTROLLER));
        return id;
    }

    private static String add(
            Draft draft,
            BoundHost host,
            String role,
            String what,
            AgentWork work,
            List<String> after,
            Effect effect,
            Duration deadline) {
        String id = host.name() + "/" + role + "/" + what;
        draft.add(
                new Step(
                        id,
                        host.name(),
                        Optional.of(host.id()),
                        role,
                        work,
                        new Reason(Why.LEFT_SPEC, ""),
                        after,
                        effect,
                        "",
                        deadline,
                        List.of(),
                        ""));
        return id;
    }
}
