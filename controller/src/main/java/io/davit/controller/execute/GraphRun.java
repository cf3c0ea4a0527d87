package io.davit.controller.execute;

import io.davit.common.HostId;
import io.davit.controller.agentlink.Batch;
import io.davit.controller.agentlink.BatchEnd;
import io.davit.controller.agentlink.BatchListener;
import io.davit.controller.agentlink.Command;
import io.davit.controller.agentlink.StepOutcome;
import io.davit.controller.execute.ArtifactCatalog.ArtifactException;
import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.plan.AgentWork;
import io.davit.controller.plan.AgentWork.EnsureArtifact;
import io.davit.controller.plan.Catalog.ArtifactFile;
import io.davit.controller.plan.ControllerWork;
import io.davit.controller.plan.Plan;
import io.davit.controller.plan.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Runs one plan once.
 *
 * <ol>
 *   <li>Each host is a lane with an owner of its own; a lane's steps run in the plan's order. Steps
 *       of no host are a lane each. Lanes run beside each other.
 *   <li>A step waits for those it depends on. Steps of an agent that are ready together go as one
 *       batch; a fetch and a guarded restart begin a batch, since something is done right before
 *       them.
 *   <li>A step that does not end well ends its lane: what follows there, and whatever depends on it
 *       anywhere, is skipped. All else goes on to its end.
 *   <li>Once cancelled, nothing more is sent; what only waits is ended where it runs, and counts as
 *       skipped.
 * </ol>
 *
 * Guarantees: nothing is sent before all it depends on ended well; a step is sent at most once per
 * run.
 */
final class GraphRun {

    private static final Optional<ArtifactFile> NOTHING_NEEDED = Optional.empty();

    private final Plan plan;
    private final AcceptedCluster cluster;
    private final OperationFeed feed;
    private final RunServices services;
    private final Cancellation cancellation;
    private final long sequence;
    private final StepEnds ends;

    GraphRun(
            Plan plan,
            AcceptedCluster cluster,
            OperationFeed feed,
            RunServices services,
            Cancellation cancellation,
            long sequence) {
        this.plan = plan;
        this.cluster = cluster;
        this.feed = feed;
        this.services = services;
        this.cancellation = cancellation;
        this.sequence = sequence;
        this.ends = new StepEnds(plan);
    }

    /** Returns when every step has ended or is skipped. */
    void run() throws InterruptedException {
        Map<String, List<Step>> lanes = Lanes.of(plan);
        var running = new ArrayList<Future<?>>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            try {
                lanes.values()
                        .forEach(steps ->
                                running.add(
                                        threads.submit(() -> {
                                            lane(steps);
                                            return null;
                                        })));
                for (Future<?> lane : running) {
                    lane.get();
                }
            } catch (ExecutionException e) {
                threads.shutdownNow();
                throw new IllegalStateException("cannot run the plan: " + e.getCause(), e);
            } catch (InterruptedException e) {
                threads.shutdownNow();
                throw e;
            }
        }
    }

    private void lane(List<Step> steps) throws InterruptedException {
        int next = 0;
        try {
            while (next < steps.size()) {
                Step step = steps.get(next);
                var broken = ends.awaitDependencies(step);
                if (cancellation.asked()) {
                    skip(steps.subList(next, steps.size()), "cancelled");
                    return;
                }
                if (broken.isPresent()) {
                    skip(steps.subList(next, steps.size()), broken.get() + " did not end well");
                    return;
                }
                int count = doFrom(steps, next);
                if (count == 0) {
                    skip(
                            steps.subList(next, steps.size()).stream()
                                    .filter(s -> !ends.ended(s.id()))
                                    .toList(),
                            "a step before it on this host did not end well");
                    return;
                }
                next += count;
            }
        } finally {
            steps.forEach(step -> ends.end(step.id(), false)); // only where nothing was told yet
        }
    }

    /**
     * Does what can be done together from here; the number of steps that ended well, 0 when one did
     * not.
     */
    private int doFrom(List<Step> steps, int from) throws InterruptedException {
        Step first = steps.get(from);
        return switch (first.work()) {
            case ControllerWork work -> {
                start(first);
                var outcome =
                        services.controller()
                                .run(
                                        plan.cluster(),
                                        work,
                                        ends,
                                        what -> feed.says(first.id(), what, List.of()),
                                        cancellation);
                yield end(first, outcome) ? 1 : 0;
            }
            case AgentWork _ -> {
                var batch = new ArrayList<Step>();
                batch.add(first);
                for (int i = from + 1; i < steps.size() && joins(steps.get(i), batch); i++) {
                    batch.add(steps.get(i));
                }
                yield send(batch);
            }
        };
    }

    private boolean joins(Step step, List<Step> batch) {
        return step.work() instanceof AgentWork work
                && needed(work).isEmpty()
                && step.hostId().equals(batch.getFirst().hostId())
                && !RestartGuard.guards(step)
                && Lanes.fits(step, batch)
                && ends.ready(step, batch);
    }

    private int send(List<Step> batch) throws InterruptedException {
        Step first = batch.getFirst();
        HostId host = first.hostId().orElseThrow();
        start(first);
        var obstacle = before(first);
        if (obstacle.isPresent()) {
            end(first, obstacle.get());
            return 0;
        }
        String operation = feed.operation().id();
        var commands = new ArrayList<Command>();
        try {
            for (Step step : batch) {
                commands.add(
                        services.commands()
                                .command(
                                        plan.cluster(),
                                        step,
                                        (AgentWork) step.work(),
                                        feed.operation().round()));
            }
        } catch (IllegalStateException e) {
            end(
                    first,
                    new StepOutcome.Failed(
                            "cannot prepare what to send: " + e.getMessage(), List.of()));
            return 0;
        }
        if (cancellation.asked()) { // whoever cancels tells only hosts whose step it finds running
            end(first, Cancellation.outcome("before it was sent"));
            return 0;
        }
        try {
            commands.forEach(
                    command -> services.running().begin(host, operation, plan.cluster(), command));
            var whole = new Batch(operation, services.reign().epoch(), sequence, commands);
            var telling = new Telling(batch, host);
            return conclude(batch, services.agents().execute(host, whole, telling));
        } finally {
            commands.forEach(command -> services.running().end(host, operation, command.stepId()));
        }
    }

    /**
     * What has to be done or asked right before a batch's first step; an outcome when it must not
     * be sent.
     */
    private Optional<StepOutcome> before(Step step) throws InterruptedException {
        var file = step.work() instanceof AgentWork work ? needed(work) : NOTHING_NEEDED;
        if (file.isPresent()) {
            try {
                feed.says(step.id(), "the controller gets " + file.get().fileName(), List.of());
                services.artifacts().stage(file.get());
            } catch (ArtifactException e) {
                return Optional.of(
                        new StepOutcome.Blocked(String.valueOf(e.getMessage()), e.remedy()));
            }
        }
        return services.guard().forbids(cluster, step);
    }

    /** What the controller must hold before the step is sent. */
    private static Optional<ArtifactFile> needed(AgentWork work) {
        if (work instanceof AgentWork.EnsureHeldPackage held) {
            return Optional.of(held.set());
        }
        return work instanceof EnsureArtifact artifact
                ? Optional.of(
                        new ArtifactFile(
                                artifact.artifact(),
                                artifact.version(),
                                artifact.arch(),
                                artifact.fileName(),
                                artifact.sha256(),
                                artifact.sizeBytes()))
                : NOTHING_NEEDED;
    }

    private int conclude(List<Step> batch, BatchEnd end) {
        var open = batch.stream().filter(step -> !ends.ended(step.id())).toList();
        boolean allWell = batch.stream().allMatch(step -> ends.well(step.id()));
        if (allWell) {
            return batch.size();
        }
        boolean oneFailed =
                batch.stream().anyMatch(step -> ends.ended(step.id()) && !ends.well(step.id()));
        if (!oneFailed && !open.isEmpty()) {
            Step first = open.getFirst();
            end(
                    first,
                    switch (end) {
                        case BatchEnd.Finished _ ->
                                new StepOutcome.Unknown("the agent told no result");
                        case BatchEnd.ContactLost lost ->
                                new StepOutcome.Unknown("contact lost: " + lost.why());
                        case BatchEnd.Refused refused when refused.code().equals("busy") ->
                                new StepOutcome.Retry(Duration.ofSeconds(5), refused.why());
                        case BatchEnd.Refused refused ->
                                new StepOutcome.Failed(
                                        "the agent refused: "
                                                + refused.code()
                                                + ": "
                                                + refused.why(),
                                        List.of());
                    });
        }
        return 0;
    }

    private void start(Step step) {
        feed.moved(feed.step(step.id()).started(feed.operation().round(), services.pace().now()));
    }

    private void skip(List<Step> steps, String why) {
        for (Step step : steps) {
            feed.moved(
                    feed.step(step.id())
                            .ended(StepState.SKIPPED, why, "", List.of(), services.pace().now()));
            ends.end(step.id(), false);
        }
    }

    /** Whether it ended well. */
    private boolean end(Step step, StepOutcome outcome) {
        boolean cancelled = outcome instanceof StepOutcome.Retry && cancellation.asked();
        var now = services.pace().now();
        var ended =
                cancelled
                        ? feed.step(step.id())
                                .ended(
                                        StepState.SKIPPED,
                                        ((StepOutcome.Retry) outcome).why(),
                                        "",
                                        List.of(),
                                        now)
                        : Outcomes.apply(feed.step(step.id()), outcome, now);
        feed.moved(ended);
        ends.end(step.id(), ended.state().well());
        return ended.state().well();
    }

    /** Hands on what a batch says. */
    private final class Telling implements BatchListener {

        private final List<Step> batch;
        private final HostId host;

        Telling(List<Step> batch, HostId host) {
            this.batch = batch;
            this.host = host;
        }

        @Override
        public void progress(
                String stepId, int attempt, String phase, String detail, List<String> logLines) {
            step(stepId)
                    .ifPresent(step -> {
                        if (feed.step(stepId).state() == StepState.WAITING) {
                            start(step);
                        }
                        feed.says(stepId, detail, logLines);
                    });
        }

        @Override
        public void result(String stepId, int attempt, StepOutcome outcome, Duration took) {
            services.running().end(host, feed.operation().id(), stepId);
            step(stepId).ifPresent(step -> end(step, outcome));
        }

        private Optional<Step> step(String stepId) {
            return batch.stream()
                    .filter(step -> step.id().equals(stepId) && !ends.ended(stepId))
                    .findFirst();
        }
    }
}
