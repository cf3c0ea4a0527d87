package io.davit.controller.execute;

import io.davit.controller.agentlink.Agents;
import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.plan.Plan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Gives hosts that went away in the middle of an operation, or that the controller's own restart
 * cut off, time to come back before a plan without them is believed. One that did not come is not
 * waited for again.
 */
final class Comers {

    private static final Duration RECONNECT = Duration.ofMinutes(2);

    /** A host that keeps its session and still cannot be observed is given up after this many. */
    private static final int MOST_RETURNS = 5;

    private final Agents agents;
    private final Set<String> givenUp = new HashSet<>();
    private final Map<String, Integer> returns = new HashMap<>();
    private boolean expected;

    /**
     * @param expected hosts that are away now may come back by themselves
     */
    Comers(Agents agents, boolean expected) {
        this.agents = agents;
        this.expected = expected;
    }

    /** From now on a host that is away was here before. */
    void expect() {
        expected = true;
    }

    /**
     * Waits for the plan's away hosts, all at once; true when one came and it is worth planning
     * again.
     */
    boolean await(AcceptedCluster cluster, Plan plan) throws InterruptedException {
        List<String> away = plan.away().stream().filter(host -> !givenUp.contains(host)).toList();
        if (!expected || away.isEmpty()) {
            givenUp.addAll(plan.away());
            return false;
        }
        var waiting = new ArrayList<Future<Boolean>>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (String host : away) {
                var id = cluster.bindings().host(host).orElseThrow();
                waiting.add(threads.submit(() -> agents.awaitConnected(id, RECONNECT)));
            }
            boolean came = false;
            for (int i = 0; i < away.size(); i++) {
                boolean answers = waiting.get(i).get();
                if (answers && returns.merge(away.get(i), 1, Integer::sum) <= MOST_RETURNS) {
                    came = true;
                } else {
                    givenUp.add(away.get(i));
                }
            }
            return came;
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot wait for hosts: " + e.getCause(), e);
        }
    }
}
