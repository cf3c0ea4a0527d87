package io.davit.controller.plan;

import io.davit.common.NodeMarks;
import io.davit.controller.observe.NodeState;
import io.davit.controller.observe.RoleInventory.UnitState;
import io.davit.controller.plan.AgentWork.RunAction;
import io.davit.controller.plan.Reason.Why;
import io.davit.controller.spec.Role;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Drafts what is done to Node objects. A server does it, in the lane of the host whose node it is;
 * each action names the node's UID, and that is compared once more when it acts.
 */
final class Nodes {

    static final String DELETE = "node-delete";

    private static final String ROLE = Role.CONTROL_PLANE.text();

    private final World world;
    private final Draft draft;
    private final List<BoundHost> servers;
    private int next;

    Nodes(World world, Draft draft) {
        this.world = world;
        this.draft = draft;
        this.servers = world.here(Role.CONTROL_PLANE).stream().filter(Nodes::runs).toList();
    }

    private static boolean runs(BoundHost server) {
        return server.inventory(ROLE).unit("k3s").map(UnitState::active).orElse(false);
    }

    /** A server that can act; they take turns. */
    private Optional<BoundHost> server() {
        return servers.isEmpty()
                ? Optional.empty()
                : Optional.of(servers.get(next++ % servers.size()));
    }

    /** Takes away what marks a node of the spec as one that leaves. */
    void uncordonReturned() {
        for (BoundHost host : world.touched()) {
            world.node(host.name())
                    .filter(node -> node.cordonedBy().equals(world.spec().name()))
                    .ifPresent(node ->
                            server().ifPresent(server ->
                                    act(
                                            host,
                                            server,
                                            "uncordon",
                                            Map.of("by", world.spec().name()),
                                            node.name(),
                                            node.uid(),
                                            new Reason(Why.DIFFERS, "it stays in the cluster"),
                                            Deadlines.ACTION,
                                            Effect.NONE,
                                            "",
                                            List.of())));
        }
    }

    /**
     * Labels and taints, through the API: k3s heeds those of its configuration only while a node
     * registers. A node that is only about to register is marked when it is Ready.
     */
    void mark() {
        for (BoundHost host : world.touched()) {
            if (host.here() && (host.has(Role.WORKER) || host.has(Role.CONTROL_PLANE))) {
                mark(host);
            }
        }
    }

    private void mark(BoundHost host) {
        var wanted = host.spec().marks();
        var node = world.node(host.name());
        var awaited = awaited(host);
        if (node.isPresent()
                ? node.get().marks().equals(wanted.digest())
                : awaited.isEmpty() || wanted.equals(NodeMarks.NONE)) {
            return;
        }
        marker(host)
                .ifPresent(server -> {
                    var after = new ArrayList<>(awaited);
                    after.addAll(awaited(server));
                    act(
                            host,
                            server,
                            "mark",
                            Map.of("marks", wanted.text()),
                            host.name(),
                            node.map(NodeState::uid).orElse(""),
                            new Reason(Why.DIFFERS, said(wanted)),
                            Deadlines.ACTION,
                            Effect.NONE,
                            "",
                            after);
                });
    }

    private static String said(NodeMarks marks) {
        String[] halves = marks.text().split(";", -1);
        return "labels: %s; taints: %s"
                .formatted(
                        halves[0].isEmpty() ? "none" : halves[0],
                        halves[1].isEmpty() ? "none" : halves[1]);
    }

    /** A server does its own; for others one that runs, or will by then. */
    private Optional<BoundHost> marker(BoundHost host) {
        return host.has(Role.CONTROL_PLANE)
                ? Optional.of(host)
                : server().or(() -> world.here(Role.CONTROL_PLANE).stream().findFirst());
    }

    /** The steps of this plan that wait for its node. */
    private List<String> awaited(BoundHost host) {
        return Stream.of(host.name() + "/worker/await-node", host.name() + "/control-plane/await")
                .filter(draft::has)
                .toList();
    }

    /** Cordons, unless somebody has, and evicts what runs there; nothing where there is no node. */
    void empty(BoundHost host, List<String> after) {
        var node = world.node(host.name());
        var server = node.isEmpty() ? Optional.<BoundHost>empty() : server();
        if (node.isEmpty() || server.isEmpty()) {
            return;
        }
        if (!node.get().unschedulable()) {
            act(
                    host,
                    server.get(),
                    "cordon",
                    Map.of("by", world.spec().name()),
                    node.get().name(),
                    node.get().uid(),
                    new Reason(Why.LEFT_SPEC, ""),
                    Deadlines.ACTION,
                    Effect.NONE,
                    "",
                    after);
        }
        act(
                host,
                server.get(),
                "drain",
                Map.of("force", "" + world.consent().forceDrain()),
                node.get().name(),
                node.get().uid(),
                new Reason(Why.LEFT_SPEC, "its Pods move"),
                Deadlines.DRAIN,
                Effect.NONE,
                "what its Pods keep in emptyDir volumes is lost",
                after);
    }

    /** Deletes the Node object and the secret with its password. */
    void delete(BoundHost host, List<String> after) {
        var node = world.node(host.name());
        node.flatMap(_ -> server())
                .ifPresent(server ->
                        act(
                                host,
                                server,
                                "delete",
                                Map.of(),
                                node.get().name(),
                                node.get().uid(),
                                new Reason(Why.LEFT_SPEC, "node uid " + node.get().uid()),
                                Deadlines.ACTION,
                                Effect.DESTROY,
                                "",
                                after));
    }

    boolean nobodyCanAct() {
        return servers.isEmpty() || world.nodes().isEmpty();
    }

    private void act(
            BoundHost host,
            BoundHost server,
            String what,
            Map<String, String> more,
            String name,
            String uid,
            Reason reason,
            Duration deadline,
            Effect effect,
            String downtime,
            List<String> after) {
        var args = new TreeMap<>(more);
        args.put("name", name);
        args.put("uid", uid);
        draft.add(
                new Step(
                        host.name() + "/node/" + what,
                        host.name(),
                        Optional.of(server.id()),
                        ROLE,
                        new RunAction("node-" + what, args),
                        reason,
                        after,
                        effect,
                        downtime,
                        deadline,
                        List.of(),
                        ""));
    }
}
