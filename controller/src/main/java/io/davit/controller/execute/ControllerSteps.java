package io.davit.controller.execute;

import io.davit.common.HostId;
import io.davit.controller.agentlink.Agents;
import io.davit.controller.agentlink.HostAwayException;
import io.davit.controller.agentlink.StepOutcome;
import io.davit.controller.plan.AgentToken;
import io.davit.controller.plan.ClusterRecord;
import io.davit.controller.plan.ControllerWork;
import io.davit.controller.plan.ControllerWork.AwaitProbe;
import io.davit.controller.plan.ControllerWork.AwaitTurn;
import io.davit.controller.plan.EtcdState;
import io.davit.controller.plan.FirstServer;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * Does the controller's own steps. Marks are compare-and-swap on the cluster's record: a mark that
 * does not follow from what stands there is refused, since then the plan is stale.
 */
final class ControllerSteps {

    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Duration PROBE = Duration.ofSeconds(10);

    private final Agents agents;
    private final ClusterStore clusters;
    private final MaterialSource material;
    private final RestartGuard guard;
    private final Pace pace;

    ControllerSteps(
            Agents agents,
            ClusterStore clusters,
            MaterialSource material,
            RestartGuard guard,
            Pace pace) {
        this.agents = agents;
        this.clusters = clusters;
        this.material = material;
        this.guard = guard;
        this.pace = pace;
    }

    /** A mark did not follow. */
    private static final class StaleException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        StaleException(String message) {
            super(message);
        }
    }

    /**
     * Does one of them.
     *
     * @param ends of the run that it belongs to
     * @param saying hears what it waits for
     * @param cancellation ends the waiting
     */
    StepOutcome run(
            String cluster,
            ControllerWork work,
            StepEnds ends,
            Consumer<String> saying,
            Cancellation cancellation)
            throws InterruptedException {
        try {
            return switch (work) {
                case ControllerWork.MakeMaterial _ -> {
                    material.make(cluster);
                    yield new StepOutcome.Changed("made " + work.what());
                }
                case ControllerWork.RotateAgentToken rotate -> rotate(cluster, rotate);
                case ControllerWork.MarkEtcdBegun begun -> mark(cluster, r -> begin(r, begun));
                case ControllerWork.MarkEtcdDone done -> mark(cluster, r -> done(r, done));
                case ControllerWork.MarkFirstServer first -> mark(cluster, r -> choose(r, first));
                case ControllerWork.MarkFirstServerDone first ->
                        mark(cluster, r -> first(r, first));
                case ControllerWork.MarkJoined joined ->
                        mark(
                                cluster,
                                r -> r.withJoined(joined.role(), joined.host(), joined.hostId()));
                case AwaitProbe await -> await(await, saying, cancellation);
                case ControllerWork.MayRestart may ->
                        guard.forbidsServer(clusters.load(cluster), may.host(), may.allowDowntime())
                                .orElse(new StepOutcome.Unchanged());
                case ControllerWork.MayLeave may ->
                        guard.forbidsLeaving(clusters.load(cluster), may.hostId())
                                .orElse(new StepOutcome.Unchanged());
                case ControllerWork.EndBinding end -> {
                    clusters.unbind(
                            cluster, end.host(), new HostId(end.hostId().id()), end.parting());
                    yield new StepOutcome.Changed(end.what());
                }
                case ControllerWork.EndCluster end -> {
                    clusters.end(end.name(), end.secrets());
                    yield new StepOutcome.Changed("ended " + end.what());
                }
                case AwaitTurn turn -> {
                    ends.await(turn.after());
                    yield new StepOutcome.Unchanged();
                }
            };
        } catch (StaleException e) {
            return new StepOutcome.Failed(Outcomes.STALE + ": " + e.getMessage(), List.of());
        }
    }

    private StepOutcome rotate(String cluster, ControllerWork.RotateAgentToken rotate) {
        var now = material.material(cluster).agentToken();
        if (now.version() != rotate.version() - 1) {
            throw new StaleException("the agent token is of version " + now.version());
        }
        material.rotateAgentToken(cluster, new AgentToken(rotate.version(), rotate.without()));
        return new StepOutcome.Changed("made " + rotate.what());
    }

    private StepOutcome mark(
            String cluster, java.util.function.UnaryOperator<ClusterRecord> change) {
        clusters.update(cluster, change);
        return new StepOutcome.Changed("stored");
    }

    private static ClusterRecord begin(ClusterRecord record, ControllerWork.MarkEtcdBegun mark) {
        var begun = new EtcdState.Begun(mark.incarnation(), mark.token(), mark.members());
        return switch (record.etcd()) {
            case EtcdState.None _ -> record.withEtcd(begun);
            case EtcdState.Begun there when there.equals(begun) -> record;
            case EtcdState.Begun there ->
                    throw new StaleException("etcd has begun as " + there.incarnation());
            case EtcdState.Done there ->
                    throw new StaleException("etcd was bootstrapped as " + there.incarnation());
        };
    }

    private static ClusterRecord done(ClusterRecord record, ControllerWork.MarkEtcdDone mark) {
        return switch (record.etcd()) {
            case EtcdState.Begun there when there.incarnation().equals(mark.incarnation()) ->
                    record.withEtcd(
                            new EtcdState.Done(
                                    there.incarnation(), there.token(), there.members()));
            case EtcdState.Done there when there.incarnation().equals(mark.incarnation()) -> record;
            case EtcdState.None _, EtcdState.Begun _, EtcdState.Done _ ->
                    throw new StaleException("etcd is not " + mark.incarnation());
        };
    }

    private static ClusterRecord choose(ClusterRecord record, ControllerWork.MarkFirstServer mark) {
        var chosen = new FirstServer.Chosen(mark.host(), mark.hostId());
        return switch (record.firstServer()) {
            case FirstServer.None _ -> record.withFirstServer(chosen);
            case FirstServer.Chosen there when there.equals(chosen) -> record;
            case FirstServer.Chosen there ->
                    throw new StaleException("the first server is " + there.host());
            case FirstServer.Done there ->
                    throw new StaleException("the first server was " + there.host());
        };
    }

    private static ClusterRecord first(
            ClusterRecord record, ControllerWork.MarkFirstServerDone mark) {
        var done = new FirstServer.Done(mark.host(), mark.hostId());
        return switch (record.firstServer()) {
            case FirstServer.Chosen there when there.hostId().equals(mark.hostId()) ->
                    record.withFirstServer(done);
            case FirstServer.Done there when there.equals(done) -> record;
            case FirstServer.None _, FirstServer.Chosen _, FirstServer.Done _ ->
                    throw new StaleException(mark.host() + " is not the first server");
        };
    }

    private StepOutcome await(AwaitProbe await, Consumer<String> saying, Cancellation cancellation)
            throws InterruptedException {
        if (await.via().isEmpty()) {
            return new StepOutcome.Blocked(
                    "no host is there that can tell " + await.probe(), "bring one back");
        }
        String name = "probe " + await.role() + "." + await.probe();
        var until = pace.now().plus(await.deadline());
        var last = new Told(true, "");
        while (true) {
            var told = ask(await);
            if (told.answered() && told.error().isEmpty()) {
                return new StepOutcome.Changed(await.probe() + " succeeds");
            }
            if (!told.equals(last)) {
                saying.accept(name + ": " + told.error());
            }
            last = told;
            if (cancellation.asked()) {
                return Cancellation.outcome(name + ": " + told.error());
            }
            if (pace.now().isAfter(until)) {
                String why =
                        "%s did not succeed within %d s: %s"
                                .formatted(name, await.deadline().toSeconds(), told.error());
                return told.answered()
                        ? new StepOutcome.Failed(why, List.of())
                        : new StepOutcome.Unknown("contact lost: " + why);
            }
            pace.sleep(POLL);
        }
    }

    /**
     * @param answered a host gave it; else all are away
     * @param error empty: the probe succeeds
     */
    private record Told(boolean answered, String error) {}

    /** It is so when one of the hosts says so: another one may only be out of order itself. */
    private Told ask(AwaitProbe await) throws InterruptedException {
        var told = new Told(false, "");
        for (HostId host : await.via()) {
            try {
                var reading = agents.probe(host, await.role(), await.probe(), PROBE);
                if (reading.ok()) {
                    return new Told(true, "");
                }
                told = new Told(true, reading.error().isEmpty() ? "not yet" : reading.error());
            } catch (HostAwayException e) {
                told = told.answered() ? told : new Told(false, String.valueOf(e.getMessage()));
            }
        }
        return told;
    }
}
