package io.davit.controller.backup;

import io.davit.common.HostId;
import io.davit.controller.access.Answers;
import io.davit.controller.access.Peer;
import io.davit.controller.agentlink.Epochs;
import io.davit.controller.agentlink.GrpcAgents;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.enroll.HostRecord;
import io.davit.controller.enroll.HostState;
import io.davit.controller.enroll.Hosts;
import io.davit.controller.enroll.Place;
import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.execute.PlanDesk;
import io.davit.controller.flow.AcceptedClusters;
import io.davit.controller.flow.Waiting;
import io.davit.controller.plan.Consent;
import io.davit.controller.report.PlanMessages;
import io.davit.controller.store.Records;
import io.davit.proto.operator.v1.AdoptedHost;
import io.davit.proto.operator.v1.AdoptionGrpc;
import io.davit.proto.operator.v1.ConfirmRequest;
import io.davit.proto.operator.v1.ConfirmResponse;
import io.davit.proto.operator.v1.DifferencesRequest;
import io.davit.proto.operator.v1.DifferencesResponse;
import io.davit.proto.operator.v1.Stranger;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Leads a restored controller out of adopt mode.
 *
 * <ol>
 *   <li>Differences: the hosts and the epochs that their agents have obeyed; agents that the state
 *       does not know; the plan of each accepted spec against what is so now.
 *   <li>Confirm: while a bound host is away that nobody gave up, nobody knows what it has obeyed:
 *       refused. Else the last reign becomes the highest that was obeyed, the mark goes, and the
 *       controller ends, to be started anew one above.
 * </ol>
 */
public final class AdoptionService extends AdoptionGrpc.AdoptionImplBase {

    private static final long MOST_ABOVE = Epochs.LARGEST_JUMP / 2;

    private static final List<String> UNKNOWN =
            List.of(
                    "hosts that were removed after the backup are accepted again: remove them again"
                            + " (davit hosts remove)",
                    "operators and tokens that were revoked after the backup are valid again, those"
                            + " that were made after it are gone: revoke and make them again",
                    "clusters, generations and role changes that were accepted after the backup are"
                            + " not known: apply the newest specs; the plan shows what that means",
                    "another controller that still runs from the same state is fenced off by the"
                            + " agents after the confirmation, not before");

    private final Changes changes;
    private final Records records;
    private final Hosts hosts;
    private final GrpcAgents agents;
    private final Strangers strangers;
    private final AcceptedClusters clusters;
    private final PlanDesk desk;
    private final Runnable startAnew;

    /**
     * The way out.
     *
     * @param startAnew ends this process in a moment, so that it is started again
     */
    public AdoptionService(
            Changes changes,
            Records records,
            Hosts hosts,
            GrpcAgents agents,
            Strangers strangers,
            AcceptedClusters clusters,
            PlanDesk desk,
            Runnable startAnew) {
        this.changes = changes;
        this.records = records;
        this.hosts = hosts;
        this.agents = agents;
        this.strangers = strangers;
        this.clusters = clusters;
        this.desk = desk;
        this.startAnew = startAnew;
    }

    @Override
    public void differences(
            DifferencesRequest request, StreamObserver<DifferencesResponse> observer) {
        Answers.unary(observer, () -> differences(mark()));
    }

    private RestoredMark mark() {
        return RestoredMark.find(records)
                .orElseThrow(() ->
                        Answers.refusal(
                                Status.FAILED_PRECONDITION,
                                "cannot adopt: this controller is not in adopt mode, it was not"
                                        + " restored from a backup"));
    }

    private DifferencesResponse differences(RestoredMark mark) {
        var answer =
                DifferencesResponse.newBuilder()
                        .setBackedUpAt(Answers.timestamp(mark.backedUpAt()))
                        .setRestoredAt(Answers.timestamp(mark.restoredAt()))
                        .setEpoch(mark.epoch())
                        .addAllUnknown(UNKNOWN);
        hosts.all().stream()
                .filter(host -> host.state() != HostState.BANNED)
                .forEach(host -> answer.addHosts(message(host, mark)));
        strangers
                .all()
                .forEach(stranger ->
                        answer.addStrangers(
                                Stranger.newBuilder()
                                        .setHostId(stranger.host().value())
                                        .setLastSeen(Answers.timestamp(stranger.lastSeen()))
                                        .setWhy(stranger.why())));
        for (AcceptedCluster cluster : clusters.all()) {
            String name = cluster.spec().cluster().name();
            try {
                var plan =
                        Waiting.uninterrupted(() ->
                                desk.plan(
                                        cluster.spec(),
                                        cluster.bindings(),
                                        cluster.record(),
                                        Consent.of(false)));
                answer.addPlans(PlanMessages.plan(plan, Map.of(), List.of()));
            } catch (IllegalStateException e) {
                answer.addUnplanned(name + ": " + e.getMessage());
            }
        }
        return answer.build();
    }

    private AdoptedHost message(HostRecord host, RestoredMark mark) {
        var id = new HostId(host.id());
        Optional<Place> place = hosts.place(id);
        var obeyed = agents.highestEpoch(id);
        return AdoptedHost.newBuilder()
                .setHostId(host.id())
                .setHostname(host.description().hostname())
                .setCluster(place.map(Place::cluster).orElse(""))
                .setNameInCluster(place.map(Place::name).orElse(""))
                .setConnected(obeyed.isPresent())
                .setHighestEpoch(obeyed.orElse(0))
                .setProblem(
                        believed(obeyed.orElse(0), mark)
                                ? ""
                                : "more than %d above the backup's epoch, which is not believed: davit-agent epoch --reset on that host"
                                        .formatted(MOST_ABOVE))
                .build();
    }

    /**
     * One agent that lies must not raise the epoch so far that all others refuse it: the next one
     * has to be near enough to those who obeyed the backup's epoch last, or one of long before.
     */
    private static boolean believed(long obeyed, RestoredMark mark) {
        return obeyed >= 0 && obeyed <= mark.epoch() + MOST_ABOVE;
    }

    @Override
    public void confirm(ConfirmRequest request, StreamObserver<ConfirmResponse> observer) {
        Actor actor = Peer.current().actor();
        Answers.unary(
                observer,
                () -> {
                    long epoch = confirm(actor, request.getWithoutList());
                    startAnew.run();
                    return ConfirmResponse.newBuilder().setEpoch(epoch + 1).build();
                });
    }

    private long confirm(Actor actor, List<String> without) {
        RestoredMark mark = mark();
        List<HostRecord> known =
                hosts.all().stream().filter(host -> host.state() == HostState.ACTIVE).toList();
        requireKnown(without, known);
        String missing =
                known.stream()
                        .filter(host -> hosts.place(new HostId(host.id())).isPresent())
                        .filter(host -> agents.highestEpoch(new HostId(host.id())).isEmpty())
                        .filter(host -> without.stream().noneMatch(said -> isMeant(said, host)))
                        .map(host ->
                                host.description().hostname()
                                        + " ("
                                        + host.id().substring(0, 8)
                                        + ")")
                        .sorted()
                        .collect(Collectors.joining(", "));
        if (!missing.isEmpty()) {
            throw Answers.refusal(
                    Status.FAILED_PRECONDITION,
                    "cannot adopt: away, so nobody knows what it has obeyed: "
                            + missing
                            + "; bring it back, or give it up with --without HOST");
        }
        long highest =
                known.stream()
                        .mapToLong(host -> agents.highestEpoch(new HostId(host.id())).orElse(0))
                        .filter(obeyed -> believed(obeyed, mark))
                        .max()
                        .orElse(0);
        var change =
                new Change(
                        actor,
                        "davit.operator.v1.Adoption/Confirm",
                        "controller",
                        String.join(",", without));
        return changes.make(
                change,
                transaction -> {
                    Epochs.raise(transaction, highest);
                    RestoredMark.remove(transaction);
                    return Epochs.last(transaction);
                });
    }

    private void requireKnown(List<String> without, List<HostRecord> known) {
        for (String said : without) {
            if (known.stream().noneMatch(host -> isMeant(said, host))) {
                throw Answers.refusal(
                        Status.INVALID_ARGUMENT,
                        "cannot adopt without \"%s\": no host is called so; davit adopt lists them"
                                .formatted(io.davit.common.Names.printable(said)));
            }
        }
    }

    private boolean isMeant(String said, HostRecord host) {
        Optional<Place> place = hosts.place(new HostId(host.id()));
        return said.length() >= 6 && host.id().startsWith(said)
                || place.map(at -> said.equals(at.name())).orElse(false)
                || place.map(at -> said.equals(at.cluster() + "/" + at.name())).orElse(false);
    }
}
