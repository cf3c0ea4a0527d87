package io.davit.controller.flow;

import io.davit.common.Names;
import io.davit.common.Nearest;
import io.davit.controller.access.Answers;
import io.davit.controller.access.Peer;
import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.pki.ClusterPki;
import io.davit.controller.plan.AgentWork.Disposal;
import io.davit.controller.plan.Consent;
import io.davit.controller.report.Kubeconfig;
import io.davit.controller.report.PlanMessages;
import io.davit.controller.report.StatusMessages;
import io.davit.controller.role.Endpoint;
import io.davit.proto.operator.v1.ApplyRequest;
import io.davit.proto.operator.v1.ApplyResponse;
import io.davit.proto.operator.v1.ClustersGrpc;
import io.davit.proto.operator.v1.KubeconfigRequest;
import io.davit.proto.operator.v1.KubeconfigResponse;
import io.davit.proto.operator.v1.ListClustersRequest;
import io.davit.proto.operator.v1.ListClustersResponse;
import io.davit.proto.operator.v1.PlanRequest;
import io.davit.proto.operator.v1.PlanResponse;
import io.davit.proto.operator.v1.RemoveClusterRequest;
import io.davit.proto.operator.v1.RemoveClusterResponse;
import io.davit.proto.operator.v1.RemoveHostsRequest;
import io.davit.proto.operator.v1.RemoveHostsResponse;
import io.davit.proto.operator.v1.StatusRequest;
import io.davit.proto.operator.v1.StatusResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/** Clusters, for operators. */
public final class ClustersService extends ClustersGrpc.ClustersImplBase {

    private static final Duration USUAL_LIFE = Duration.ofDays(30);
    private static final Duration LONGEST_LIFE = Duration.ofDays(365);

    private final Flow flow;
    private final AcceptedClusters clusters;
    private final Members members;
    private final ClusterPictures pictures;
    private final ClusterPki pki;
    private final Supplier<List<String>> notes;
    private final Clock clock;

    /**
     * @param notes about Davit itself, one line each
     */
    public ClustersService(
            Flow flow,
            AcceptedClusters clusters,
            Members members,
            ClusterPictures pictures,
            ClusterPki pki,
            Supplier<List<String>> notes,
            Clock clock) {
        this.flow = flow;
        this.clusters = clusters;
        this.members = members;
        this.pictures = pictures;
        this.pki = pki;
        this.notes = notes;
        this.clock = clock;
    }

    @Override
    public void plan(PlanRequest request, StreamObserver<PlanResponse> observer) {
        var actor = Peer.current().actor();
        Answers.unary(
                observer,
                () -> {
                    var wish =
                            new Flow.Wish(
                                    request.getSpecYaml().toByteArray(),
                                    new Consent(
                                            request.getAllowDowntime(),
                                            request.getForceDrain(),
                                            names(request.getUnreachableList()),
                                            Optional.empty()),
                                    Set.of(),
                                    request.getRotateAgentToken(),
                                    "",
                                    "");
                    return switch (Waiting.uninterrupted(() -> flow.plan(actor, wish))) {
                        case Flow.Invalid invalid ->
                                PlanResponse.newBuilder()
                                        .addAllProblems(
                                                PlanMessages.problems(
                                                        fileName(request.getFileName()),
                                                        invalid.problems()))
                                        .build();
                        case Flow.Planned planned ->
                                PlanResponse.newBuilder()
                                        .setPlan(
                                                PlanMessages.plan(
                                                        planned.plan(),
                                                        planned.checks(),
                                                        planned.changes(),
                                                        planned.spec(),
                                                        planned.notes()))
                                        .build();
                        case Flow.NothingToDo nothing ->
                                PlanResponse.newBuilder().setPlan(message(nothing.plan())).build();

                        case Flow.Refused _, Flow.Started _, Flow.AsksFirst _ ->
                                throw new IllegalStateException("a plan starts nothing");
                    };
                });
    }

    @Override
    public void apply(ApplyRequest request, StreamObserver<ApplyResponse> observer) {
        var actor = Peer.current().actor();
        Answers.unary(
                observer,
                () -> {
                    var wish =
                            new Flow.Wish(
                                    request.getSpecYaml().toByteArray(),
                                    new Consent(
                                            request.getAllowDowntime(),
                                            request.getForceDrain(),
                                            names(request.getUnreachableList()),
                                            Optional.empty()),
                                    Set.copyOf(request.getRemovalsList()),
                                    request.getRotateAgentToken(),
                                    request.getPlanDigest(),
                                    requestKey(request.getIdempotencyKey()));
                    var answer = ApplyResponse.newBuilder();
                    switch (Waiting.uninterrupted(() -> flow.apply(actor, wish))) {
                        case Flow.Invalid invalid ->
                                answer.addAllProblems(
                                        PlanMessages.problems(
                                                fileName(request.getFileName()),
                                                invalid.problems()));
                        case Flow.Planned planned -> answer.setPlan(message(planned.plan()));
                        case Flow.NothingToDo nothing -> answer.setPlan(message(nothing.plan()));
                        case Flow.Refused refused -> {
                            refused.why()
                                    .forEach(why -> answer.addRefused(PlanMessages.blocker(why)));
                        }
                        case Flow.AsksFirst asks -> answer.setPlan(message(asks.plan()));
                        case Flow.Started started -> answer.setOperationId(started.operationId());
                    }
                    return answer.build();
                });
    }

    @Override
    public void list(ListClustersRequest request, StreamObserver<ListClustersResponse> observer) {
        Answers.unary(
                observer,
                () -> {
                    var answer = ListClustersResponse.newBuilder();
                    for (AcceptedCluster cluster : clusters.all()) {
                        var spec = cluster.spec().cluster();
                        answer.addClustersBuilder()
                                .setName(spec.name())
                                .setGeneration(cluster.spec().generation())
                                .setHosts(spec.hosts().size())
                                .setK3SVersion(spec.k3sVersion().toString())
                                .setEtcdVersion(spec.etcdVersion().toString())
                                .setRunningOperation(clusters.running(spec.name()).orElse(""));
                    }
                    return answer.build();
                });
    }

    @Override
    public void remove(
            RemoveClusterRequest request, StreamObserver<RemoveClusterResponse> observer) {
        var actor = Peer.current().actor();
        Answers.unary(
                observer,
                () -> {
                    if (request.getKeepData() == request.getDestroyData()) {
                        throw Answers.refusal(
                                Status.INVALID_ARGUMENT,
                                "cannot remove a cluster: say of its data either keep or destroy");
                    }
                    var name = require(request.getCluster()).spec().cluster().name();
                    var wish =
                            new Flow.EndWish(
                                    name,
                                    Consent.toTakeDown(
                                            request.getKeepData()
                                                    ? Disposal.KEEP
                                                    : Disposal.DESTROY,
                                            names(request.getUnreachableList())),
                                    Set.copyOf(request.getRemovalsList()));
                    var answer = RemoveClusterResponse.newBuilder();
                    switch (Waiting.uninterrupted(() -> flow.takeDown(actor, wish))) {
                        case Flow.AsksFirst asks -> answer.setPlan(message(asks.plan()));
                        case Flow.Started started -> answer.setOperationId(started.operationId());
                        case Flow.Refused refused ->
                                refused.why()
                                        .forEach(why ->
                                                answer.addRefused(PlanMessages.blocker(why)));
                        case Flow.Invalid _, Flow.Planned _, Flow.NothingToDo _ ->
                                throw new IllegalStateException("taking down reads no spec");
                    }
                    return answer.build();
                });
    }

    @Override
    public void removeHosts(
            RemoveHostsRequest request, StreamObserver<RemoveHostsResponse> observer) {
        var actor = Peer.current().actor();
        Answers.unary(
                observer,
                () -> {
                    var hosts = names(request.getHostsList());
                    var wish =
                            new Flow.LeaveWish(
                                    clusterOf(hosts),
                                    hosts,
                                    request.getAllowDowntime(),
                                    request.getForceDrain(),
                                    names(request.getUnreachableList()),
                                    Set.copyOf(request.getRemovalsList()));
                    var answer = RemoveHostsResponse.newBuilder();
                    switch (Waiting.uninterrupted(() -> flow.leave(actor, wish))) {
                        case Flow.AsksFirst asks -> answer.setPlan(message(asks.plan()));
                        case Flow.Started started -> answer.setOperationId(started.operationId());
                        case Flow.Refused refused ->
                                refused.why()
                                        .forEach(why ->
                                                answer.addRefused(PlanMessages.blocker(why)));
                        case Flow.Invalid _, Flow.Planned _, Flow.NothingToDo _ ->
                                throw new IllegalStateException("removing hosts reads no spec");
                    }
                    return answer.build();
                });
    }

    /** The one cluster whose pools have all of these. */
    private String clusterOf(Set<String> hosts) {
        var found = new TreeSet<String>();
        for (String host : hosts) {
            var of = members.clustersOf(host);
            if (of.isEmpty()) {
                throw Answers.refusal(
                        Status.NOT_FOUND,
                        "cannot remove host %s: %s"
                                .formatted(
                                        host,
                                        members.clusterOfAny(host)
                                                .map(cluster ->
                                                        "it stands in the spec of cluster %s; take it out and apply"
                                                                .formatted(cluster))
                                                .orElse(
                                                        "no pool has a host of this name; see davit"
                                                                + " hosts")));
            }
            found.addAll(of);
        }
        if (found.size() != 1) {
            throw Answers.refusal(
                    Status.INVALID_ARGUMENT,
                    "cannot remove hosts of "
                            + (found.isEmpty() ? "no cluster" : String.join(" and ", found))
                            + " together: name hosts of one cluster");
        }
        return found.first();
    }

    /** Of hosts, as given on a command line. */
    private static Set<String> names(List<String> given) {
        for (String name : given) {
            if (!name.matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")) {
                throw Answers.refusal(
                        Status.INVALID_ARGUMENT,
                        "cannot give up host \""
                                + Names.printable(name)
                                + "\": it is no host name");
            }
        }
        return Set.copyOf(given);
    }

    @Override
    public void status(StatusRequest request, StreamObserver<StatusResponse> observer) {
        Answers.unary(
                observer,
                () -> {
                    List<AcceptedCluster> asked =
                            request.getCluster().isEmpty()
                                    ? clusters.all()
                                    : List.of(require(request.getCluster()));
                    var answer =
                            StatusResponse.newBuilder()
                                    .setAskedAt(Answers.timestamp(clock.instant()));
                    Waiting.uninterrupted(() -> pictures.of(asked)).stream()
                            .map(StatusMessages::cluster)
                            .forEach(answer::addClusters);
                    return answer.addAllNotes(notes.get()).build();
                });
    }

    @Override
    public void kubeconfig(KubeconfigRequest request, StreamObserver<KubeconfigResponse> observer) {
        var actor = Peer.current().actor();
        String operator = Peer.current().operator().orElseThrow();
        Answers.unary(
                observer,
                () -> {
                    var cluster = require(request.getCluster());
                    var name = cluster.spec().cluster().name();
                    var access =
                            pki.adminAccess(
                                            name,
                                            operator,
                                            life(request.getLifetime().getSeconds()),
                                            actor)
                                    .orElseThrow(() ->
                                            Answers.refusal(
                                                    Status.FAILED_PRECONDITION,
                                                    "cannot make a kubeconfig: cluster "
                                                            + name
                                                            + " has no CA yet; apply it first"));
                    return KubeconfigResponse.newBuilder()
                            .setKubeconfigYaml(
                                    Kubeconfig.of(
                                            name,
                                            Endpoint.of(cluster.spec().cluster()).url(),
                                            access.serverCaPem(),
                                            access.certificatePem(),
                                            access.privateKeyPem()))
                            .setCommonName(access.commonName())
                            .setNotAfter(Answers.timestamp(access.notAfter()))
                            .build();
                });
    }

    private AcceptedCluster require(String name) {
        return clusters.find(name)
                .orElseThrow(() ->
                        Answers.refusal(
                                Status.NOT_FOUND,
                                "cannot find cluster "
                                        + Names.printable(name)
                                        + Nearest.hint(name, clusterNames())
                                        + "\n  → davit clusters lists those that are known"));
    }

    private List<String> clusterNames() {
        return clusters.all().stream().map(known -> known.spec().cluster().name()).toList();
    }

    private static String requestKey(String key) {
        if (!key.matches("[A-Za-z0-9-]{0,64}")) {
            throw Answers.refusal(
                    Status.INVALID_ARGUMENT,
                    "cannot take the idempotency key: at most 64 of A-Z, a-z, 0-9 and '-' are"
                            + " allowed");
        }
        return key.toLowerCase(java.util.Locale.ROOT);
    }

    /** Shown back to the operator who gave it, made safe for a terminal. */
    private static String fileName(String given) {
        return Names.printable(given);
    }

    private static io.davit.proto.operator.v1.Plan message(io.davit.controller.plan.Plan plan) {
        return PlanMessages.plan(plan, Map.of(), List.of());
    }

    private static Duration life(long seconds) {
        var life = seconds == 0 ? USUAL_LIFE : Duration.ofSeconds(seconds);
        if (life.isNegative() || life.compareTo(LONGEST_LIFE) > 0) {
            throw Answers.refusal(
                    Status.INVALID_ARGUMENT,
                    "cannot make a kubeconfig: its life must be at most 365 days");
        }
        return life;
    }
}
