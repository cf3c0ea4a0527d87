package io.davit.controller.execute;

import io.davit.common.HostId;
import io.davit.controller.agentlink.Agents;
import io.davit.controller.agentlink.HostAwayException;
import io.davit.controller.agentlink.StepOutcome;
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
    private final Pace pace;

    ControllerSteps(Agents agents, ClusterStore clusters, MaterialSource material, Pace pace) {
        this.agents = agents;
        this.clusters = clusters;
        this.material = material;
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
     */
    StepOutcome run(String cluster, ControllerWork work, StepEnds ends, Consumer<String> saying)
            throws InterruptedException {
        try {
            return switch (work) {
                case ControllerWork.MakeMaterial _ -> {
                    material.make(cluster);
                    yield new StepOutcome.Changed("made " + work.what());
                }
                case ControllerWork.MarkEtcdBegun begun -> mark(cluster, r -> begin(r, begun));
                case ControllerWork.MarkEtcdDone done -> mark(cluster, r -> done(r, done));
                case ControllerWork.MarkFirstServer first -> mark(cluster, r -> choose(r, first));
                case ControllerWork.MarkFirstServerDone first ->
                        mark(cluster, r -> first(r, first));
                case ControllerWork.MarkJoined joined ->
                        mark(
                                cluster,
                                r -> r.withJoined(joined.role(), joined.host(), joined.hostId()));
                case AwaitProbe await -> await(await, saying);
                case AwaitTurn turn -> {
                    ends.await(turn.after());
                    yield new StepOutcome.Unchanged();
                }
            };
        } catch (StaleException e) {
            return new StepOutcome.Failed(Outcomes.STALE + ": " + e.getMessage(), List.of());
        }
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

    private StepOutcome await(AwaitProbe await, Consumer<String> saying)
            throws InterruptedException {
        var until = pace.now().plus(await.deadline());
        String last = "no host can tell";
        while (true) {
            String error = ask(await);
            if (error.isEmpty()) {
                return new StepOutcome.Changed(await.probe() + " succeeds");
            }
            if (!error.equals(last)) {
                saying.accept("probe " + await.role() + "." + await.probe() + ": " + error);
            }
            last = error;
            if (pace.now().isAfter(until)) {
                return new StepOutcome.Failed(
                        "probe "
                                + await.role()
                                + "."
                                + await.probe()
                                + " did not succeed within "
                                + await.deadline().toSeconds()
                                + " s: "
                                + last,
                        List.of());
            }
            pace.sleep(POLL);
        }
    }

    /** Empty when the probe succeeds; else why not, from the first host that answers. */
    private String ask(AwaitProbe await) throws InterruptedException {
        String error = "no host can tell";
        for (HostId host : await.via()) {
            try {
                var reading = agents.probe(host, await.role(), await.probe(), PROBE);
                if (reading.ok()) {
                    return "";
                }
                return reading.error().isEmpty() ? "not yet" : reading.error();
            } catch (HostAwayException e) {
                error = String.valueOf(e.getMessage());
            }
        }
        return error;
    }
}
