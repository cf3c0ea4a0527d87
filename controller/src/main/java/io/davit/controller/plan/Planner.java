package io.davit.controller.plan;

import io.davit.controller.plan.AgentWork.AwaitHealthy;
import io.davit.controller.plan.Reason.Why;
import io.davit.controller.spec.Role;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Turns what is wanted and what is seen into the work between them. Pure: same inputs, same plan.
 *
 * <ol>
 *   <li>Spec hosts are bound to agents; where one has none, the plan says so and has no steps.
 *   <li>Facts and obstacles that stand in the way become blockers, before anything is touched
 *       anywhere.
 *   <li>A worker that is given up makes the agent token change first ({@link Rotation}).
 *   <li>Each role drafts its steps, in the order of {@link Role}; a piece waits only for what it
 *       needs.
 *   <li>Hosts that are in the spec no more leave, after what comes is there ({@link Removals}); or
 *       all of them do ({@link TakeDown}).
 *   <li>Where only some members of pools may be touched, the rest of the cluster stands as it
 *       stands: nothing is planned for other hosts, and what is in their way is not in the way.
 *   <li>Where a snapshot was asked for, that is the plan ({@link SnapshotStep}).
 * </ol>
 *
 * Guarantees: a step is there only where the inventory differs from what is wanted; planning on the
 * outcome of a plan gives the empty plan; every step comes after all that it depends on; a
 * destructive step names an id that is known.
 */
public final class Planner {

    /** The step that makes a cluster's CAs, keys and passwords. */
    public static final String MATERIAL = "cluster/material";

    private final List<RolePlanner> roles;

    public Planner(List<RolePlanner> roles) {
        this.roles = roles.stream().sorted(Comparator.comparing(RolePlanner::role)).toList();
    }

    public Plan plan(PlanInput input) {
        var draft = new Draft();
        var consent = input.consent();
        if (consent.snapshot().isPresent()) {
            SnapshotStep.plan(input, consent.snapshot().get(), draft);
        } else if (consent.takeDown().isPresent()) {
            TakeDown.plan(Binder.leaveAll(input, draft), consent.takeDown().get(), draft);
        } else {
            keep(input, draft);
        }
        return draft.finish(input.spec().cluster().name(), input.spec().generation());
    }

    private void keep(PlanInput input, Draft draft) {
        if (!input.consent().only().isEmpty()) {
            members(input, draft);
            return;
        }
        var bound = Binder.bind(input, draft);
        HostChecks.check(bound, draft);
        var rotation = Rotation.of(bound);
        rotation.check(draft);
        var world = rotation.begin(draft);
        var removals = new Removals(world, draft);
        removals.check();
        if (world.complete()) {
            makeMaterial(world, draft);
            reachPeers(world, draft);
            removals.letGoOfVirtualIp();
            for (RolePlanner role : roles) {
                role.plan(world, draft);
            }
            removals.askGuard();
            for (RolePlanner role : roles) {
                role.release(world, draft);
            }
            removals.remove();
        }
        HostChecks.checkRoom(world, draft);
    }

    private void members(PlanInput input, Draft draft) {
        var around = new Draft();
        var world = Binder.bind(input, around);
        around.blockers().stream()
                .filter(it -> input.consent().touches(it.host()) || !world.complete())
                .forEach(draft::block);
        HostChecks.check(world, draft);
        var removals = new Removals(world, draft);
        removals.check();
        if (world.complete()) {
            reachPeers(world, draft);
            roles.stream()
                    .filter(it -> it.role() == Role.WORKER)
                    .forEach(it -> it.plan(world, draft));
            removals.remove();
        }
        HostChecks.checkRoom(world, draft);
    }

    private static void makeMaterial(World world, Draft draft) {
        if (world.material().made()) {
            return;
        }
        draft.add(
                Step.byController(
                        MATERIAL,
                        "",
                        "cluster",
                        new ControllerWork.MakeMaterial(),
                        new Reason(Why.ABSENT, ""),
                        List.of(),
                        Deadlines.CONTROLLER));
    }

    /**
     * A host that is about to get a role first tries its peers' ports, since a firewall shows late
     * otherwise.
     */
    private static void reachPeers(World world, Draft draft) {
        for (BoundHost host : world.touched()) {
            boolean joins =
                    host.ownRoles().stream()
                            .anyMatch(role -> !host.inventory(role.text()).installed());
            var probes = joins && host.here() ? peers(world, host) : List.<ProbeCall>of();
            if (!probes.isEmpty()) {
                draft.add(
                        new Step(
                                host.name() + "/host/reach",
                                host.name(),
                                Optional.of(host.id()),
                                "host",
                                new AwaitHealthy(probes, Duration.ZERO),
                                new Reason(Why.NOT_READY, "reaches its peers"),
                                List.of(),
                                Effect.NONE,
                                "",
                                Deadlines.REACH,
                                List.of(),
                                ""));
            }
        }
    }

    private static List<ProbeCall> peers(World world, BoundHost host) {
        var probes = new ArrayList<ProbeCall>();
        for (BoundHost member : world.hosts(Role.ETCD)) {
            if (host.has(Role.ETCD)) {
                addReach(probes, host, member, 2380);
            }
            if (host.has(Role.ETCD) || host.has(Role.CONTROL_PLANE)) {
                addReach(probes, host, member, 2379);
            }
        }
        if (host.has(Role.WORKER)) {
            world.hosts(Role.CONTROL_PLANE).forEach(server -> addReach(probes, host, server, 6443));
        }
        return probes;
    }

    private static void addReach(List<ProbeCall> probes, BoundHost from, BoundHost to, int port) {
        if (!from.name().equals(to.name())) {
            probes.add(
                    new ProbeCall("reaches", Map.of("address", to.address(), "port", "" + port)));
        }
    }
}
