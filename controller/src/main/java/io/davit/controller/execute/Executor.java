package io.davit.controller.execute;

import io.davit.controller.agentlink.Agents;
import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.plan.AgentWork;
import io.davit.controller.plan.AgentWork.AwaitHealthy;
import io.davit.controller.plan.Blocker;
import io.davit.controller.plan.ControllerWork.AwaitProbe;
import io.davit.controller.plan.ControllerWork.AwaitTurn;
import io.davit.controller.plan.ControllerWork.MayLeave;
import io.davit.controller.plan.ControllerWork.MayRestart;
import io.davit.controller.plan.Plan;
import io.davit.controller.plan.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Runs an operation, level-triggered: it never resumes from memory.
 *
 * <ol>
 *   <li>Observe and plan.
 *   <li>Blockers end it with all of them as causes. An empty plan ends it as done, or incomplete
 *       where a host is away.
 *   <li>A plan that goes beyond the approved envelope parks it, with the difference.
 *   <li>Else the round is stored and the plan's graph runs once ({@link GraphRun}).
 *   <li>A step that failed or is blocked ends it, with all causes, after everything independent is
 *       through. Where contact was lost, or an agent asks for a retry, it waits and begins anew;
 *       after {@value #STALLED_ROUNDS} rounds without progress, or when what was done is seen as
 *       not done again, it needs attention.
 * </ol>
 *
 * Losing the controller at any point is the same as beginning anew.
 */
public final class Executor {

    private static final int STALLED_ROUNDS = 6;
    private static final int REPEATS = 2;
    private static final Duration BACKOFF = Duration.ofSeconds(1);
    private static final Duration BACKOFF_LIMIT = Duration.ofSeconds(60);

    private final Agents agents;
    private final ClusterStore clusters;
    private final OperationStore store;
    private final PlanDesk desk;
    private final RunServices services;

    public Executor(
            Agents agents,
            ClusterStore clusters,
            OperationStore store,
            MaterialSource material,
            SecretResolver secrets,
            ArtifactCatalog artifacts,
            RunningSteps running,
            Reign reign,
            PlanDesk desk,
            Pace pace) {
        this.agents = agents;
        this.clusters = clusters;
        this.store = store;
        this.desk = desk;
        var guard = new RestartGuard(agents);
        this.services =
                new RunServices(
                        agents,
                        new ControllerSteps(agents, clusters, material, guard, pace),
                        guard,
                        new CommandMaker(material, secrets),
                        artifacts,
                        running,
                        reign,
                        pace);
    }

    OperationFeed feed(OperationRecord operation) {
        return new OperationFeed(store, operation);
    }

    Pace pace() {
        return services.pace();
    }

    /**
     * Runs until it ends or parks; the record is stored by then.
     *
     * @param afterRestart the controller has just started: hosts are given time to come back
     */
    OperationRecord run(OperationFeed feed, Cancellation cancellation, boolean afterRestart)
            throws InterruptedException {
        var comers = new Comers(agents, afterRestart);
        long sequence = services.reign().nextOperationSequence();
        var repeats = new Repeats();
        int stalled = 0;
        while (true) {
            if (cancellation.asked()) {
                return end(feed, OperationState.CANCELLED, List.of());
            }
            var there = clusters.find(feed.operation().cluster());
            if (there.isEmpty()) {
                return end(feed, OperationState.DONE, List.of()); // it was taken down
            }
            // who joined a pool meanwhile waits for the end of this operation
            var cluster = there.get().knowing(feed.operation().envelope().bindings().keySet());
            var plan = plan(feed, cluster);
            if (comers.await(cluster, plan)) {
                continue;
            }
            var verdict = judge(feed, plan, cluster);
            if (verdict.isPresent()) {
                return verdict.get();
            }
            var again = repeats.of(plan);
            if (!again.isEmpty()) {
                return end(feed, OperationState.NEEDS_ATTENTION, again);
            }
            feed.planned(feed.operation().nextRound(), plan.steps());
            new GraphRun(plan, cluster, feed, services, cancellation, sequence).run();

            var steps = feed.steps();
            var causes = causes(steps, StepState.FAILED, StepState.BLOCKED);
            if (!causes.isEmpty()) {
                return end(feed, OperationState.FAILED, causes);
            }
            repeats.remember(steps);
            stalled = steps.stream().anyMatch(s -> s.state().well()) ? 0 : stalled + 1;
            var open = causes(steps, StepState.RETRYING, StepState.UNKNOWN);
            if (stalled >= STALLED_ROUNDS) {
                return end(feed, OperationState.NEEDS_ATTENTION, open);
            }
            comers.expect();
            if (!open.isEmpty()) {
                services.pace().sleep(pause(stalled));
            }
        }
    }

    private Plan plan(OperationFeed feed, AcceptedCluster cluster) throws InterruptedException {
        return desk.plan(
                cluster.spec(), cluster.bindings(), cluster.record(), feed.operation().consent());
    }

    /** How it ends with this plan; empty when the plan is to be run. */
    private Optional<OperationRecord> judge(
            OperationFeed feed, Plan plan, AcceptedCluster cluster) {
        if (!plan.blockers().isEmpty()) {
            boolean onlyAway =
                    plan.blockers().stream().allMatch(b -> plan.away().contains(b.host()));
            return Optional.of(
                    end(
                            feed,
                            onlyAway ? OperationState.INCOMPLETE : OperationState.FAILED,
                            plan.blockers()));
        }
        if (plan.steps().isEmpty() && !plan.postponed().isEmpty()) {
            return Optional.of(end(feed, OperationState.FAILED, plan.postponed()));
        }
        if (plan.steps().isEmpty()) {
            return Optional.of(
                    plan.away().isEmpty()
                            ? end(feed, OperationState.DONE, List.of())
                            : end(feed, OperationState.INCOMPLETE, away(plan)));
        }
        var outside = feed.operation().envelope().outside(plan, cluster.bindings());
        if (!outside.isEmpty()) {
            return Optional.of(
                    feed.ended(
                            feed.operation()
                                    .ended(
                                            OperationState.NEEDS_APPROVAL,
                                            List.of(),
                                            outside,
                                            services.pace().now())));
        }
        return Optional.empty();
    }

    private static List<Blocker> away(Plan plan) {
        return plan.away().stream()
                .map(host ->
                        new Blocker(host, "", "", "it is away", "bring it back, then apply again"))
                .toList();
    }

    private OperationRecord end(OperationFeed feed, OperationState state, List<Blocker> causes) {
        return feed.ended(feed.operation().ended(state, causes, List.of(), services.pace().now()));
    }

    private static List<Blocker> causes(List<StepRecord> steps, StepState... states) {
        var wanted = List.of(states);
        return steps.stream()
                .filter(s -> wanted.contains(s.state()))
                .map(s ->
                        new Blocker(
                                s.step().host(),
                                s.step().role(),
                                s.step().id(),
                                s.detail(),
                                s.remedy().isEmpty() ? "apply again, or resume it" : s.remedy()))
                .toList();
    }

    /** A little longer with every round that brought nothing. */
    private static Duration pause(int stalled) {
        var pause = BACKOFF.multipliedBy(1L << Math.min(stalled, 6));
        return pause.compareTo(BACKOFF_LIMIT) > 0 ? BACKOFF_LIMIT : pause;
    }

    /** Notices work that ends well and is planned again all the same. */
    private static final class Repeats {

        private final Map<String, Integer> counts = new HashMap<>();
        private List<String> endedWell = List.of();

        void remember(List<StepRecord> steps) {
            endedWell =
                    steps.stream().filter(s -> s.state().well()).map(s -> s.step().id()).toList();
        }

        List<Blocker> of(Plan plan) {
            var found = new ArrayList<Blocker>();
            for (Step step : plan.steps()) {
                boolean waits =
                        step.work() instanceof AwaitHealthy
                                || step.work() instanceof AwaitProbe
                                || step.work() instanceof AwaitTurn
                                || step.work() instanceof MayRestart
                                || step.work() instanceof MayLeave
                                || step.work() instanceof AgentWork.RunAction;
                if (!waits
                        && endedWell.contains(step.id())
                        && counts.merge(step.id(), 1, Integer::sum) >= REPEATS) {
                    found.add(
                            new Blocker(
                                    step.host(),
                                    step.role(),
                                    step.id(),
                                    "it ended well "
                                            + (REPEATS + 1)
                                            + " times and is still needed: "
                                            + step.reason(),
                                    "does something else change it? See the host's log"));
                }
            }
            return found;
        }
    }
}
