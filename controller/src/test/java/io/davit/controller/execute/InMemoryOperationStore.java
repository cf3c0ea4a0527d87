package io.davit.controller.execute;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Operations in memory, with a power switch: from a chosen write on, none comes through any more.
 */
final class InMemoryOperationStore implements OperationStore {

    private final Map<String, OperationRecord> operations = new LinkedHashMap<>();
    private final Map<String, Map<String, StepRecord>> steps = new LinkedHashMap<>();
    private final PowerSwitch power;

    InMemoryOperationStore(PowerSwitch power) {
        this.power = power;
    }

    @Override
    public synchronized void save(OperationRecord operation) {
        power.write();
        operations.put(operation.id(), operation);
    }

    @Override
    public synchronized void saveSteps(String operationId, List<StepRecord> records) {
        power.write();
        var map = new LinkedHashMap<String, StepRecord>();
        records.forEach(step -> map.put(step.step().id(), step));
        steps.put(operationId, map);
    }

    @Override
    public synchronized void saveStep(String operationId, StepRecord step) {
        power.write();
        steps.computeIfAbsent(operationId, _ -> new LinkedHashMap<>()).put(step.step().id(), step);
    }

    @Override
    public synchronized Optional<OperationRecord> find(String operationId) {
        return Optional.ofNullable(operations.get(operationId));
    }

    @Override
    public synchronized List<StepRecord> steps(String operationId) {
        return List.copyOf(steps.getOrDefault(operationId, Map.of()).values());
    }

    @Override
    public synchronized List<OperationRecord> list(String cluster, int limit) {
        return new ArrayList<>(operations.values())
                .reversed().stream()
                        .filter(o -> cluster.isEmpty() || o.cluster().equals(cluster))
                        .limit(limit)
                        .toList();
    }
}
