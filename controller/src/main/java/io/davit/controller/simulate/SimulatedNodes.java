package io.davit.controller.simulate;

import io.davit.common.NodeMarks;
import io.davit.controller.agentlink.StepOutcome;
import io.davit.controller.observe.NodeState;
import io.davit.controller.plan.AgentWork.RunAction;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The Node objects. One comes to be when its k3s runs; it stays when that ends, until somebody
 * deletes it. Called with the fleet's lock held.
 */
final class SimulatedNodes {

    private final Collection<SimulatedHost> hosts;
    private final Map<String, String> names;
    private final List<String> violations;
    private final Map<String, NodeState> nodes = new TreeMap<>();

    /** How often k3s had been started where a node was deleted: it takes another start. */
    private final Map<String, Integer> deletedAt = new TreeMap<>();

    private int made;

    /**
     * @param names node name by HostId
     */
    SimulatedNodes(
            Collection<SimulatedHost> hosts, Map<String, String> names, List<String> violations) {
        this.hosts = hosts;
        this.names = names;
        this.violations = violations;
    }

    void register() {
        for (SimulatedHost host : hosts) {
            var name = Optional.ofNullable(names.get(host.id.value()));
            if (name.isPresent()
                    && runs(host)
                    && starts(host) > deletedAt.getOrDefault(name.get(), 0)) {
                nodes.computeIfAbsent(
                        name.get(), _ -> new NodeState(name.get(), "uid-" + ++made, false, "", ""));
            }
        }
    }

    private static int starts(SimulatedHost host) {
        return host.unit("control-plane", "k3s").map(unit -> unit.starts).orElse(0)
                + host.unit("worker", "k3s-agent").map(unit -> unit.starts).orElse(0);
    }

    private static boolean runs(SimulatedHost host) {
        return host.runs("control-plane", "k3s") || host.runs("worker", "k3s-agent");
    }

    Optional<NodeState> find(String name) {
        return Optional.ofNullable(nodes.get(name));
    }

    List<NodeState> all() {
        return List.copyOf(nodes.values());
    }

    void cordon(String name) {
        nodes.computeIfPresent(
                name,
                (_, node) ->
                        new NodeState(name, node.uid(), true, node.cordonedBy(), node.marks()));
    }

    void unmark(String name) {
        nodes.computeIfPresent(
                name,
                (_, node) ->
                        new NodeState(
                                name,
                                node.uid(),
                                node.unschedulable(),
                                node.cordonedBy(),
                                NodeMarks.DIFFERENT));
    }

    Map<String, String> details() {
        var details = new TreeMap<String, String>();
        nodes.values()
                .forEach(node ->
                        details.put(
                                node.name(),
                                String.join(
                                        " ",
                                        node.uid(),
                                        "" + node.unschedulable(),
                                        node.cordonedBy(),
                                        node.marks())));
        return details;
    }

    StepOutcome act(RunAction work) {
        String name = work.args().getOrDefault("name", "");
        var node = find(name);
        boolean marks = work.action().equals("node-mark");
        if (node.isEmpty()) {
            return marks
                    ? new StepOutcome.Failed("there is no node " + name + " yet", List.of())
                    : new StepOutcome.Unchanged();
        }
        String uid = work.args().getOrDefault("uid", "");
        if (!node.get().uid().equals(uid) && !(marks && uid.isEmpty())) {
            return new StepOutcome.Failed("stale, plan again: node " + name, List.of());
        }
        String by = work.args().getOrDefault("by", "");
        switch (work.action()) {
            case "node-cordon" ->
                    nodes.put(
                            name,
                            new NodeState(name, node.get().uid(), true, by, node.get().marks()));
            case "node-uncordon" ->
                    nodes.put(
                            name,
                            new NodeState(name, node.get().uid(), false, "", node.get().marks()));
            case "node-drain" -> {
                if (!node.get().unschedulable()) {
                    violations.add("node " + name + " is drained and not cordoned");
                }
            }
            case "node-delete" -> {
                if (hosts.stream()
                        .anyMatch(h ->
                                name.equals(names.get(h.id.value())) && h.connected && runs(h))) {
                    violations.add("node " + name + " is deleted while it runs");
                }
                nodes.remove(name);
                hosts.stream()
                        .filter(h -> name.equals(names.get(h.id.value())) && runs(h))
                        .forEach(h -> deletedAt.put(name, starts(h)));
            }
            case "node-mark" -> {
                var wanted = NodeMarks.parse(work.args().getOrDefault("marks", ""));
                var was = node.get();
                nodes.put(
                        name,
                        new NodeState(
                                name,
                                was.uid(),
                                was.unschedulable(),
                                was.cordonedBy(),
                                wanted.digest()));
            }
            default -> throw new IllegalArgumentException("no action " + work.action());
        }
        return new StepOutcome.Changed(work.action());
    }
}
