package io.davit.controller.role;

import io.davit.controller.observe.RoleInventory.BackendState;
import io.davit.controller.plan.AgentWork.RunAction;
import io.davit.controller.plan.BoundHost;
import io.davit.controller.plan.ControllerWork.AwaitTurn;
import io.davit.controller.plan.Deadlines;
import io.davit.controller.plan.Draft;
import io.davit.controller.plan.HostWork;
import io.davit.controller.plan.ProbeCall;
import io.davit.controller.plan.Reason;
import io.davit.controller.plan.Reason.Why;
import io.davit.controller.plan.World;
import io.davit.controller.spec.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Takes a server out of every load balancer while it restarts (an "LB drain").
 *
 * <ol>
 *   <li>LB drain: no new connections; the action waits a few seconds for the open ones to end, and
 *       never for ever, since watches do not.
 *   <li>After the restart, well or not, LB ready; and then the wait until the load balancer itself
 *       finds the server up: only then may the next one go.
 * </ol>
 *
 * A server that leaves is there as well: one that restarts beside it is drained.
 *
 * <p>A load balancer that is away is left out: it brings nobody to the server anyway. One that
 * still has a server drained, since an operation was interrupted there, gets LB ready in the next
 * plan.
 */
public final class BackendDrain {

    private static final String ROLE = "load-balancer";

    private final World world;
    private final Draft draft;
    private final String server;

    public BackendDrain(World world, Draft draft, String server) {
        this.world = world;
        this.draft = draft;
        this.server = server;
    }

    /**
     * There is another server that can take over meanwhile, and somebody who brings clients there.
     */
    public boolean applies() {
        long leaving = world.leaving(Role.CONTROL_PLANE).stream().filter(BoundHost::here).count();
        return world.hosts(Role.CONTROL_PLANE).size() + leaving > 1
                && !world.here(Role.LOAD_BALANCER).isEmpty();
    }

    /** The ids of the LB drains; a load balancer that has it drained already needs none. */
    public List<String> begin(List<String> after) {
        var ids = new ArrayList<String>();
        var drained = leftovers();
        for (BoundHost balancer : world.here(Role.LOAD_BALANCER)) {
            var work = work(balancer);
            // a reload forgets a drain
            if (drained.contains(balancer) && !draft.has(work.stepId("service.haproxy"))) {
                continue;
            }
            ids.add(
                    work.action(
                            "drain." + server,
                            new RunAction("lb-drain", Map.of("server", server)),
                            new Reason(Why.ORDER, server + " restarts"),
                            after));
        }
        return ids;
    }

    /** The ids of the waits until every load balancer finds the server up again. */
    public List<String> end(List<String> after) {
        return end(world.here(Role.LOAD_BALANCER), after);
    }

    /** Ends what an earlier operation has left drained; the ids of the waits, if there are any. */
    public List<String> endLeftovers(List<String> after) {
        return end(leftovers(), after);
    }

    /** The load balancers that have the server drained now. */
    public List<BoundHost> leftovers() {
        return world.here(Role.LOAD_BALANCER).stream()
                .filter(balancer ->
                        balancer.inventory(ROLE)
                                .loadBalancer()
                                .map(state -> state.backends().get(server))
                                .filter(BackendState::drained)
                                .isPresent())
                .toList();
    }

    private List<String> end(List<BoundHost> balancers, List<String> after) {
        var ids = new ArrayList<String>();
        for (BoundHost balancer : balancers) {
            var work = work(balancer);
            // also after a restart that went wrong: its own check keeps a bad server out
            work.controller(
                    "turn." + server,
                    new AwaitTurn(after),
                    new Reason(Why.ORDER, server + " restarts"),
                    List.of());
            work.action(
                    "ready." + server,
                    new RunAction("lb-ready", Map.of("server", server)),
                    new Reason(Why.ORDER, server + " has restarted"),
                    List.of());
            work.await(
                    "await." + server,
                    List.of(new ProbeCall("lb-backend-up", Map.of("server", server))),
                    Deadlines.HEALTHY,
                    new Reason(Why.NOT_READY, server + " behind this load balancer"),
                    after);
            ids.add(work.stepId("await." + server));
        }
        return ids;
    }

    private HostWork work(BoundHost balancer) {
        return new HostWork(world, draft, balancer, ROLE);
    }
}
