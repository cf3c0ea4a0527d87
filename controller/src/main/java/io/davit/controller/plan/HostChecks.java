package io.davit.controller.plan;

import io.davit.common.HostNeeds;
import io.davit.controller.observe.HostFacts;
import io.davit.controller.observe.HostFacts.FileSystem;
import io.davit.controller.observe.RoleInventory.Obstacle;
import io.davit.controller.plan.AgentWork.EnsureArtifact;
import io.davit.controller.plan.AgentWork.EnsureHeldPackage;
import io.davit.controller.spec.Role;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What must be so on a host before anything is touched, told with its remedy. */
final class HostChecks {

    private static final long MEBI = 1L << 20;

    /** Free room that a role's data needs to begin with. */
    private static final Map<Role, Room> ROOMS =
            Map.of(
                    Role.ETCD, new Room("/var/lib/etcd", HostNeeds.ETCD_ROOM_BYTES),
                    Role.CONTROL_PLANE, new Room("/var/lib/rancher", HostNeeds.K3S_ROOM_BYTES),
                    Role.WORKER, new Room("/var/lib/rancher", HostNeeds.K3S_ROOM_BYTES));

    private static final String ARTIFACTS = "/opt/davit";

    private record Room(String directory, long bytes) {}

    private HostChecks() {}

    static void check(World world, Draft draft) {
        for (BoundHost host : world.touched()) {
            if (!host.here()) {
                draft.away(host.name());
                continue;
            }
            var facts = host.observed().observation().orElseThrow().facts();
            clock(host, draft);
            agent(host, draft);
            for (Role role : host.ownRoles()) {
                if (!host.inventory(role.text()).installed()) {
                    supported(host, role, facts, draft);
                    obstacles(world, host, role, draft);
                    if (role == Role.LOAD_BALANCER) {
                        balancerPort(world.spec().balancerPort(), host, facts, draft);
                    }
                }
            }
            if (runsK3s(host)) {
                kubelet(world, host, facts, draft);
            }
        }
        world.leaving().values().stream()
                .filter(host -> world.consent().touches(host.name()) && host.here())
                .forEach(host -> agent(host, draft));
        sameMachine(world, draft);
    }

    private static void clock(BoundHost host, Draft draft) {
        var offset = host.observed().clockOffset().abs();
        String text =
                "its clock is off by "
                        + offset.toMillis() / 1000
                        + "."
                        + offset.toMillis() % 1000 / 100
                        + " s";
        if (offset.compareTo(HostNeeds.CLOCK_LIMIT) > 0) {
            block(draft, host, "host", text, "set the clock; run a time service on all hosts");
        } else if (offset.compareTo(HostNeeds.CLOCK_WARNING) > 0) {
            draft.warn(host.name() + ": " + text);
        }
    }

    /** Also of a host that only leaves: it gets steps as well. */
    private static void agent(BoundHost host, Draft draft) {
        String why = host.observed().standing().noSteps();
        if (!why.isEmpty()) {
            block(
                    draft,
                    host,
                    "host",
                    why,
                    "upgrade the controller first, then davit agents upgrade");
        }
    }

    private static void supported(BoundHost host, Role role, HostFacts facts, Draft draft) {
        if (!HostNeeds.supports(facts.osId(), facts.osVersion())) {
            block(
                    draft,
                    host,
                    role.text(),
                    "unsupported OS " + facts.osId() + " " + facts.osVersion(),
                    "supported: " + HostNeeds.SYSTEMS_TEXT);
        }
    }

    private static void obstacles(World world, BoundHost host, Role role, Draft draft) {
        host.inventory(role.text()).obstacles().stream()
                .filter(obstacle -> !obstacle.kind().equals("unsupported")) // told by supported()
                .filter(obstacle -> !isHeld(obstacle, host, world))
                .forEach(obstacle ->
                        block(
                                draft,
                                host,
                                role.text(),
                                obstacle.kind() + ": " + obstacle.why(),
                                obstacle.remedy()));
    }

    /** A host without a source of packages needs none where the controller holds them. */
    private static boolean isHeld(Obstacle obstacle, BoundHost host, World world) {
        return obstacle.kind().equals("no package source")
                && host.packageSet(world.catalog(), obstacle.what()).isPresent();
    }

    /** The spec may choose this port, so that the role's profile does not know it. */
    private static void balancerPort(int port, BoundHost host, HostFacts facts, Draft draft) {
        if (facts.listeningPorts().contains(port)) {
            block(
                    draft,
                    host,
                    Role.LOAD_BALANCER.text(),
                    "port in use: port " + port + " is taken by another program",
                    "stop that program (ss -ltnp tells it), or take another loadBalancer.port");
        }
    }

    private static boolean runsK3s(BoundHost host) {
        return host.has(Role.CONTROL_PLANE) || host.has(Role.WORKER);
    }

    private static void kubelet(World world, BoundHost host, HostFacts facts, Draft draft) {
        boolean refusesV1 = world.spec().k3sVersion().atLeast(1, 35);
        if (refusesV1 && facts.cgroupVersion() == 1 && !toleratesCgroupV1(world)) {
            block(
                    draft,
                    host,
                    host.has(Role.CONTROL_PLANE) ? "control-plane" : "worker",
                    "it has cgroup v1, which the kubelet of "
                            + world.spec().k3sVersion()
                            + " refuses",
                    "boot it with cgroup v2, or add k3s.agent.kubelet-arg:"
                            + " [\"fail-cgroupv1=false\"]");
        }
        if (host.has(Role.CONTROL_PLANE)
                && (facts.cpus() < HostNeeds.SERVER_CPUS
                        || facts.memoryBytes() < HostNeeds.SERVER_MEMORY_BYTES)) {
            draft.warn(
                    host.name()
                            + ": "
                            + facts.cpus()
                            + " CPUs and "
                            + facts.memoryBytes() / MEBI
                            + " MiB are less than the 2 CPUs and 2 GiB that K3s wants for a"
                            + " server");
        }
        if (!facts.hasDefaultRoute()) {
            route(world, host, draft);
        }
    }

    /** Flannel looks for the interface of the default route, and K3s ends where there is none. */
    private static void route(World world, BoundHost host, Draft draft) {
        String role = host.has(Role.CONTROL_PLANE) ? "control-plane" : "worker";
        boolean flannel =
                world.spec().network().cni().equals("flannel")
                        && !world.spec().server().containsKey("flannel-iface")
                        && !world.spec().agent().containsKey("flannel-iface");
        if (flannel && !host.inventory(role).installed()) {
            block(
                    draft,
                    host,
                    role,
                    "it has no default route, without which flannel ends and K3s with it",
                    "a route that leads nowhere will do: ip route add default dev INTERFACE metric"
                            + " 1000; docs/air-gap.md has it for every boot");
        } else {
            draft.warn(
                    host.name()
                            + ": no default route; K3s wants one when it starts, if only to"
                            + " nowhere (docs/air-gap.md)");
        }
    }

    private static boolean toleratesCgroupV1(World world) {
        return tolerates(world.spec().agent().get("kubelet-arg"))
                || tolerates(world.spec().server().get("kubelet-arg"));
    }

    private static boolean tolerates(@Nullable Object argument) {
        return argument instanceof List<?> list
                ? list.contains("fail-cgroupv1=false")
                : "fail-cgroupv1=false".equals(argument);
    }

    private static void sameMachine(World world, Draft draft) {
        var seen = new HashMap<String, String>();
        for (BoundHost host : world.hosts().values()) {
            String machine =
                    host.observed().observation().map(o -> o.facts().machineId()).orElse("");
            var other = machine.isEmpty() ? null : seen.putIfAbsent(machine, host.name());
            if (other != null) {
                draft.warn(
                        host.name()
                                + " has the same machine-id as "
                                + other
                                + ": a cloned machine?");
            }
        }
    }

    /** After the steps are drafted: does what they bring fit? */
    static void checkRoom(World world, Draft draft) {
        for (BoundHost host : world.touched()) {
            if (!host.here()) {
                continue;
            }
            var steps = draft.steps().stream().filter(s -> s.host().equals(host.name())).toList();
            long artifacts =
                    steps.stream().map(Step::work).mapToLong(HostChecks::fetchedBytes).sum();
            if (artifacts > 0) {
                room(host, new Room(ARTIFACTS, 2 * artifacts + 512 * MEBI), "host", draft);
            }
            for (Role role : host.ownRoles()) {
                var wanted = ROOMS.get(role);
                boolean starts =
                        !host.inventory(role.text()).installed()
                                || steps.stream()
                                        .anyMatch(s ->
                                                s.role().equals(role.text())
                                                        && s.effect() == Effect.START);
                if (wanted != null && starts) {
                    room(host, wanted, role.text(), draft);
                }
            }
        }
    }

    private static long fetchedBytes(Work work) {
        if (work instanceof EnsureHeldPackage held) {
            return held.set().sizeBytes();
        }
        return work instanceof EnsureArtifact artifact ? artifact.sizeBytes() : 0;
    }

    private static void room(BoundHost host, Room wanted, String role, Draft draft) {
        for (FileSystem fs : host.observed().observation().orElseThrow().facts().fileSystems()) {
            boolean below =
                    fs.directory().equals(wanted.directory())
                            || fs.directory().startsWith(wanted.directory() + "/");
            if (below && fs.sizeBytes() > 0 && fs.freeBytes() < wanted.bytes()) {
                block(
                        draft,
                        host,
                        role,
                        "disk: "
                                + fs.freeBytes() / MEBI
                                + " MiB are free below "
                                + fs.directory()
                                + ", "
                                + wanted.bytes() / MEBI
                                + " MiB are needed",
                        "make room, or mount a larger disk at " + wanted.directory());
                return;
            }
        }
    }

    private static void block(
            Draft draft, BoundHost host, String role, String cause, String remedy) {
        draft.block(new Blocker(host.name(), role, "", cause, remedy));
    }
}
