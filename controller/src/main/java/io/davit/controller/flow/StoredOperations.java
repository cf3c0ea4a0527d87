package io.davit.controller.flow;

import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.execute.OperationRecord;
import io.davit.controller.execute.OperationStore;
import io.davit.controller.execute.StepRecord;
import io.davit.controller.store.ConflictException;
import io.davit.controller.store.Reads.Row;
import io.davit.controller.store.Records;
import io.davit.controller.store.StateStore;
import io.davit.controller.store.Table;
import io.davit.controller.store.Transaction;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Operations and how far their steps came. A change of an operation's state is a change like any
 * other, with an audit row, and gives the cluster free when it ends; the steps are a protocol for
 * people, written beside it without one.
 */
public final class StoredOperations implements OperationStore {

    static final Table<OperationRecord> OPERATIONS =
            new Table<>("operation", OperationRecord.class);
    private static final Table<StepRecord> STEPS = new Table<>("operation-step", StepRecord.class);

    private static final int RECENT = 200;

    private final Changes changes;
    private final StateStore store;
    private final Records records;

    /**
     * Step id → its place in the plan, of operations that were written since this controller
     * started.
     */
    private final Map<String, Map<String, String>> places = new ConcurrentHashMap<>();

    public StoredOperations(Changes changes, StateStore store) {
        this.changes = changes;
        this.store = store;
        this.records = new Records(store);
    }

    @Override
    public void save(OperationRecord operation) {
        changes.make(
                new Change(
                        Actor.controller(),
                        "operation." + operation.state(),
                        "operation/" + operation.id(),
                        ""),
                transaction -> {
                    transaction.put(OPERATIONS, operation.id(), operation);
                    var there = transaction.find(ClusterDocument.TABLE, operation.cluster());
                    if (there.isEmpty() && operation.state().ended()) {
                        return operation; // it was the cluster's last
                    }
                    var cluster = AcceptedClusters.require(transaction, operation.cluster());
                    boolean holds = cluster.runningOperation().equals(Optional.of(operation.id()));
                    if (operation.state().ended() && holds) {
                        transaction.put(
                                ClusterDocument.TABLE,
                                cluster.name(),
                                cluster.withRunning(Optional.empty()));
                    } else if (!operation.state().ended() && cluster.runningOperation().isEmpty()) {
                        transaction.put(
                                ClusterDocument.TABLE,
                                cluster.name(),
                                cluster.withRunning(Optional.of(operation.id())));
                    } else if (!operation.state().ended() && !holds) {
                        throw new IllegalStateException(
                                "cannot run operation "
                                        + operation.id()
                                        + ": "
                                        + cluster.runningOperation().get()
                                        + " runs on this cluster");
                    }
                    return operation;
                });
        if (operation.state().ended()) {
            places.remove(operation.id());
        }
    }

    @Override
    public void saveSteps(String operationId, List<StepRecord> steps) {
        var placed = new HashMap<String, String>();
        write(transaction -> {
            placed.clear();
            transaction
                    .below(STEPS, operationId)
                    .forEach(row -> transaction.remove(STEPS, row.id()));
            for (int i = 0; i < steps.size(); i++) {
                String place = operationId + "/" + String.format("%05d", i);
                placed.put(steps.get(i).step().id(), place);
                transaction.put(STEPS, place, steps.get(i));
            }
        });
        places.put(operationId, Map.copyOf(placed));
    }

    @Override
    public void saveStep(String operationId, StepRecord step) {
        String place = places.computeIfAbsent(operationId, this::placesOf).get(step.step().id());
        if (place == null) {
            throw new IllegalStateException(
                    "cannot save step "
                            + step.step().id()
                            + ": operation "
                            + operationId
                            + " has none such");
        }
        write(transaction -> transaction.put(STEPS, place, step));
    }

    private Map<String, String> placesOf(String operationId) {
        var placed = new HashMap<String, String>();
        records.below(STEPS, operationId)
                .forEach(row -> placed.put(row.value().step().id(), row.id()));
        return Map.copyOf(placed);
    }

    private void write(Consumer<Transaction> work) {
        for (int attempt = 1; ; attempt++) {
            var transaction = new Transaction(store);
            work.accept(transaction);
            try {
                transaction.commit();
                return;
            } catch (ConflictException e) {
                if (attempt == 16) {
                    throw new IllegalStateException(
                            "cannot write the steps of an operation: they changed 16 times"
                                    + " meanwhile",
                            e);
                }
            }
        }
    }

    @Override
    public Optional<OperationRecord> find(String operationId) {
        return records.find(OPERATIONS, operationId);
    }

    @Override
    public List<StepRecord> steps(String operationId) {
        return records.below(STEPS, operationId).stream().map(Row::value).toList();
    }

    /** The newest of a cluster, ended or not, if it is among the newest of all. */
    public Optional<OperationRecord> newest(String cluster) {
        return records.newest(OPERATIONS, RECENT).stream()
                .map(Row::value)
                .filter(operation -> operation.cluster().equals(cluster))
                .max(Comparator.comparing(OperationRecord::startedAt));
    }

    @Override
    public List<OperationRecord> list(String cluster, int limit) {
        return records.all(OPERATIONS).reversed().stream()
                .map(Row::value)
                .filter(operation -> cluster.isEmpty() || operation.cluster().equals(cluster))
                .limit(limit)
                .toList();
    }
}
