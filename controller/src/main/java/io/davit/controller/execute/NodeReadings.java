package io.davit.controller.execute;

import io.davit.controller.agentlink.Agents;
import io.davit.controller.agentlink.HostAwayException;
import io.davit.controller.agentlink.ProbeReading;
import io.davit.controller.observe.NodeState;
import io.davit.controller.observe.ObservedCluster;
import io.davit.controller.observe.ObservedHost;
import io.davit.controller.observe.RoleInventory.UnitState;
import io.davit.controller.plan.Bindings;
import io.davit.controller.plan.ProbeCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The cluster's Node objects, as the first server tells them that answers. A server says of each
 * "UID cordoned CLUSTER MARKS": the second word is true or false, the third is there where Davit
 * did it, the fourth tells Davit's labels and taints.
 */
final class NodeReadings {

    private static final String ROLE = "control-plane";
    private static final ProbeCall PROBE = ProbeCall.of("node-marks");

    private final Agents agents;

    NodeReadings(Agents agents) {
        this.agents = agents;
    }

    /** Unchanged where no server can tell. */
    ObservedCluster readInto(ObservedCluster observed, Bindings bindings, Duration patience)
            throws InterruptedException {
        for (var id : bindings.byName().values()) {
            var host = observed.host(id).filter(NodeReadings::serves);
            if (host.isPresent()) {
                var reading = ask(host.get(), patience);
                if (reading.isPresent()) {
                    return observed.withNodes(parsed(reading.get().details()));
                }
            }
        }
        return observed;
    }

    private static boolean serves(ObservedHost host) {
        return host.connected() && host.role(ROLE).unit("k3s").map(UnitState::active).orElse(false);
    }

    private Optional<ProbeReading> ask(ObservedHost server, Duration patience)
            throws InterruptedException {
        try {
            return Optional.of(agents.probe(server.hostId(), ROLE, PROBE, patience))
                    .filter(ProbeReading::ok);
        } catch (HostAwayException e) {
            return Optional.empty();
        }
    }

    private static List<NodeState> parsed(Map<String, String> details) {
        var nodes = new ArrayList<NodeState>();
        details.forEach((name, text) -> {
            String[] words = text.split(" ", -1);
            if (words.length == 4 && !words[0].isEmpty()) {
                nodes.add(
                        new NodeState(name, words[0], words[1].equals("true"), words[2], words[3]));
            }
        });
        return nodes;
    }
}
