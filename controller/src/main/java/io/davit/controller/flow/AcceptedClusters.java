package io.davit.controller.flow;

import io.davit.common.HostId;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.enroll.HostRecord;
import io.davit.controller.enroll.Place;
import io.davit.controller.enroll.PoolMember;
import io.davit.controller.enroll.Pools;
import io.davit.controller.enroll.Retirement;
import io.davit.controller.execute.ClusterStore;
import io.davit.controller.execute.OperationRecord;
import io.davit.controller.plan.AgentWork.Disposal;
import io.davit.controller.plan.Bindings;
import io.davit.controller.plan.ClusterRecord;
import io.davit.controller.plan.ControllerWork.Parting;
import io.davit.controller.spec.ClusterSpec.PoolSpec;
import io.davit.controller.spec.ReadSpec;
import io.davit.controller.spec.SpecReader;
import io.davit.controller.spec.ValidSpec;
import io.davit.controller.store.Records;
import io.davit.controller.store.Table;
import io.davit.controller.store.Transaction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * The clusters that were accepted: spec, bindings, marks. Accepting is one transaction: the new
 * generation, the bindings, the operation that follows from it, and the audit row, or nothing of
 * it. The members of pools, which no spec names, are put together with them here.
 */
public final class AcceptedClusters implements ClusterStore {

    /** Repeated requests with the same key get the operation that the first one started. */
    private static final Table<RequestDocument> REQUESTS =
            new Table<>("apply-request", RequestDocument.class);

    static final String CHANGED = "the cluster was changed by somebody else since this was planned";

    private final Changes changes;
    private final Records records;
    private final SpecReader reader;
    private final ClusterEnd endings;

    /**
     * @param endings what ends with a cluster and is not kept here: its secrets
     */
    public AcceptedClusters(
            Changes changes, Records records, SpecReader reader, ClusterEnd endings) {
        this.endings = endings;
        this.changes = changes;
        this.records = records;
        this.reader = reader;
    }

    record RequestDocument(String operationId) {}

    /** What came of a wish to accept. */
    public sealed interface Answer {}

    /** It is accepted, and the operation may start. */
    public record Accepted() implements Answer {}

    /** The same request was accepted before. */
    public record AlreadyAccepted(String operationId) implements Answer {}

    /** Another operation acts on this cluster. */
    public record Busy(String operationId) implements Answer {}

    /** The cluster, or members of its pools, changed since the plan was made. */
    public record Moved(String how) implements Answer {}

    /** A host of the plan was bound to another place meanwhile. */
    public record HostTaken(String host, HostId id, String cluster) implements Answer {}

    @Override
    public Optional<AcceptedCluster> find(String cluster) {
        return records.find(ClusterDocument.TABLE, cluster).map(this::accepted);
    }

    /** The accepted spec of a cluster, as it was given. */
    public Optional<String> specYaml(String cluster) {
        return records.find(ClusterDocument.TABLE, cluster).map(ClusterDocument::specYaml);
    }

    /** All accepted clusters, by name. */
    public List<AcceptedCluster> all() {
        return records.all(ClusterDocument.TABLE).stream()
                .map(row -> accepted(row.value()))
                .toList();
    }

    /** The operation that an earlier request with this key started; an empty key has none. */
    public Optional<String> earlier(String requestKey) {
        return requestKey.isEmpty()
                ? Optional.empty()
                : records.find(REQUESTS, requestKey).map(RequestDocument::operationId);
    }

    /** The operation that acts on this cluster now. */
    public Optional<String> running(String cluster) {
        return records.find(ClusterDocument.TABLE, cluster)
                .flatMap(ClusterDocument::runningOperation);
    }

    @Override
    public AcceptedCluster load(String cluster) {
        return find(cluster)
                .orElseThrow(() ->
                        new IllegalStateException(
                                "cannot load cluster " + cluster + ": there is none"));
    }

    @Override
    public void update(String cluster, UnaryOperator<ClusterRecord> change) {
        changes.make(
                new Change(Actor.controller(), "cluster.record", "cluster/" + cluster, ""),
                transaction -> {
                    var now = require(transaction, cluster);
                    var next = change.apply(now.record());
                    if (!next.equals(now.record())) {
                        transaction.put(ClusterDocument.TABLE, cluster, now.withRecord(next));
                    }
                    return next;
                });
    }

    @Override
    public void unbind(String cluster, String host, HostId id, Parting parting) {
        changes.make(
                new Change(
                        Actor.controller(),
                        parting == Parting.FREE ? "cluster.unbind" : "cluster.retire",
                        "cluster/" + cluster,
                        host + " " + id + " " + parting),
                transaction -> {
                    var now = require(transaction, cluster);
                    if (id.equals(now.bindings().get(host))
                            || Members.end(transaction, cluster, host, id)) {
                        transaction.put(ClusterDocument.TABLE, cluster, now.without(host));
                        transaction.remove(Place.TABLE, id.value());
                        if (parting != Parting.FREE) {
                            var place = new Place(cluster, host);
                            transaction
                                    .find(HostRecord.TABLE, id.value())
                                    .ifPresent(record ->
                                            Retirement.begin(
                                                    transaction,
                                                    record,
                                                    place,
                                                    parting == Parting.RETIRED_TO_WIPE));
                        }
                    }
                    return now;
                });
    }

    @Override
    public void end(String cluster, Disposal secrets) {
        changes.make(
                new Change(
                        Actor.controller(),
                        "cluster.end",
                        "cluster/" + cluster,
                        secrets.toString()),
                transaction -> {
                    transaction
                            .find(ClusterDocument.TABLE, cluster)
                            .ifPresent(document -> archive(transaction, document, secrets));
                    return cluster;
                });
        endings.ended();
    }

    private void archive(Transaction transaction, ClusterDocument document, Disposal secrets) {
        var bound = new TreeSet<>(document.bindings().keySet());
        PoolMember.of(transaction, document.name()).forEach(member -> bound.add(member.name()));
        if (!bound.isEmpty()) {
            throw new IllegalStateException(
                    "cannot end cluster " + document.name() + ": still bound are " + bound);
        }
        Pools.end(transaction, document.name());
        String archived =
                document.name() + "." + document.runningOperation().orElse("without-operation");
        transaction.put(ClusterDocument.ENDED, archived, document);
        transaction.remove(ClusterDocument.TABLE, document.name());
        transaction
                .below(ClusterDocument.SPECS, document.name())
                .forEach(row -> {
                    transaction.put(
                            ClusterDocument.SPECS,
                            archived + row.id().substring(document.name().length()),
                            row.value());
                    transaction.remove(ClusterDocument.SPECS, row.id());
                });
        VersionDocuments.end(transaction, document.name(), archived);
        endings.end(transaction, document.name(), archived, secrets == Disposal.DESTROY);
    }

    /** Accepts that a cluster is taken down, and the operation that is to bring it about. */
    public Answer acceptTakeDown(Actor actor, OperationRecord operation) {
        String cluster = operation.cluster();
        var change =
                new Change(
                        actor,
                        "davit.operator.v1.Clusters/Remove",
                        "cluster/" + cluster,
                        operation.consent().toString());
        return changes.make(
                change,
                transaction -> {
                    var moved =
                            Members.moved(
                                    transaction, cluster, operation.envelope().bindings().keySet());
                    if (moved.isPresent()) {
                        return new Moved(moved.get());
                    }
                    var answer = begin(transaction, operation);
                    if (answer instanceof Accepted) {
                        Pools.close(transaction, cluster);
                    }
                    return answer;
                });
    }

    /** Accepts that a snapshot is taken. */
    Answer acceptSnapshot(Actor actor, OperationRecord operation) {
        return changes.make(
                new Change(
                        actor,
                        "davit.operator.v1.EtcdSnapshots/Take",
                        "cluster/" + operation.cluster(),
                        operation.consent().snapshot().toString()),
                transaction -> begin(transaction, operation));
    }

    /** Gives a cluster to an operation, unless another one has it. */
    static Answer begin(Transaction transaction, OperationRecord operation) {
        var now = require(transaction, operation.cluster());
        if (now.runningOperation().isPresent()) {
            return new Busy(now.runningOperation().get());
        }
        transaction.put(
                ClusterDocument.TABLE, now.name(), now.withRunning(Optional.of(operation.id())));
        transaction.put(StoredOperations.OPERATIONS, operation.id(), operation);
        return new Accepted();
    }

    /**
     * Accepts a spec as its generation, with these bindings, and the operation that is to bring it
     * about.
     *
     * @param requestKey of the caller; empty for none
     * @param seen the cluster that the plan was made from; empty: there was none
     */
    public Answer accept(
            Actor actor,
            String requestKey,
            Optional<AcceptedCluster> seen,
            byte[] yaml,
            ValidSpec spec,
            Bindings bindings,
            OperationRecord operation) {
        String cluster = spec.cluster().name();
        var change =
                new Change(
                        actor,
                        "davit.operator.v1.Clusters/Apply",
                        "cluster/" + cluster,
                        new String(yaml, StandardCharsets.UTF_8));
        return changes.make(
                change,
                transaction -> {
                    if (!requestKey.isEmpty()) {
                        var earlier = transaction.find(REQUESTS, requestKey);
                        if (earlier.isPresent()) {
                            return new AlreadyAccepted(earlier.get().operationId());
                        }
                    }
                    var before = transaction.find(ClusterDocument.TABLE, cluster);
                    var running = before.flatMap(ClusterDocument::runningOperation);
                    if (running.isPresent()) {
                        return new Busy(running.get());
                    }
                    if (isMoved(transaction, before, seen)) {
                        return new Moved(CHANGED);
                    }
                    var moved = Members.moved(transaction, spec.cluster());
                    if (moved.isPresent()) {
                        return new Moved(moved.get());
                    }
                    for (var binding : bindings.byName().entrySet()) {
                        var place = transaction.find(Place.TABLE, binding.getValue().value());
                        var wanted = new Place(cluster, binding.getKey());
                        if (place.isPresent() && !place.get().equals(wanted)) {
                            return new HostTaken(
                                    binding.getKey(), binding.getValue(), place.get().cluster());
                        }
                        if (place.isEmpty()) {
                            transaction.put(Place.TABLE, binding.getValue().value(), wanted);
                        }
                    }
                    String text = new String(yaml, StandardCharsets.UTF_8);
                    var record =
                            before.map(ClusterDocument::record)
                                    .orElseGet(
                                            () -> ClusterRecord.fresh(cluster, spec.generation()))
                                    .withGeneration(spec.generation());
                    transaction.put(
                            ClusterDocument.TABLE,
                            cluster,
                            new ClusterDocument(
                                    cluster,
                                    text,
                                    Members.without(transaction, cluster, bindings.byName()),
                                    record,
                                    Optional.of(operation.id())));
                    transaction.put(
                            ClusterDocument.SPECS,
                            cluster + "/" + String.format("%08d", spec.generation()),
                            new ClusterDocument.SpecDocument(text, actor.name()));
                    transaction.put(StoredOperations.OPERATIONS, operation.id(), operation);
                    VersionDocuments.accept(transaction, spec.cluster());
                    Pools.accept(
                            transaction,
                            cluster,
                            spec.cluster().pools().stream()
                                    .collect(Collectors.toMap(PoolSpec::name, PoolSpec::max)));
                    if (!requestKey.isEmpty()) {
                        transaction.put(REQUESTS, requestKey, new RequestDocument(operation.id()));
                    }
                    return new Accepted();
                });
    }

    /** Another spec was accepted, or hosts were bound or freed. */
    private static boolean isMoved(
            Transaction transaction,
            Optional<ClusterDocument> now,
            Optional<AcceptedCluster> seen) {
        if (now.isEmpty() || seen.isEmpty()) {
            return now.isPresent() || seen.isPresent();
        }
        var bound = Members.without(transaction, now.get().name(), seen.get().bindings().byName());
        return now.get().record().generation() != seen.get().record().generation()
                || !now.get().bindings().equals(bound);
    }

    private AcceptedCluster accepted(ClusterDocument document) {
        ReadSpec read = read(document.name(), document.specYaml());
        var spec =
                read.spec()
                        .orElseThrow(() ->
                                new IllegalStateException(
                                        "cannot read the accepted spec of cluster "
                                                + document.name()
                                                + ": "
                                                + read.problems()));
        return Members.join(
                records,
                new AcceptedCluster(
                        spec.withGeneration(document.record().generation()),
                        bindings(document, spec),
                        document.record()));
    }

    /** With the roles of hosts that left the spec, from the last one that had them. */
    private Bindings bindings(ClusterDocument document, ValidSpec spec) {
        var bindings = new Bindings(document.bindings());
        var leaving = bindings.leaving(spec.cluster());
        if (!leaving.isEmpty()) {
            for (var row : records.below(ClusterDocument.SPECS, document.name())) {
                var read = read(document.name(), row.value().yaml()).spec();
                if (read.isPresent()) {
                    bindings = bindings.givenBy(read.get().cluster());
                }
            }
        }
        return bindings.givenBy(spec.cluster());
    }

    private ReadSpec read(String cluster, String yaml) {
        return reader.read(
                yaml.getBytes(StandardCharsets.UTF_8), VersionDocuments.accepted(records, cluster));
    }

    static ClusterDocument require(Transaction transaction, String cluster) {
        return transaction
                .find(ClusterDocument.TABLE, cluster)
                .orElseThrow(() ->
                        new IllegalStateException(
                                "cannot change cluster " + cluster + ": there is none"));
    }
}
