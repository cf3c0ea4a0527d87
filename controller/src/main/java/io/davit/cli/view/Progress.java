package io.davit.cli.view;

import io.davit.proto.operator.v1.Operation;
import io.davit.proto.operator.v1.OperationEvent;
import io.davit.proto.operator.v1.OperationStep;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An operation as its events tell it. Events may come twice, and steps in any order; a snapshot
 * replaces everything, so that who joins late sees what all others see.
 */
public final class Progress {

    private final Map<String, OperationStep> steps = new LinkedHashMap<>();
    private Operation operation = Operation.getDefaultInstance();

    /** Takes an event in. */
    public void take(OperationEvent event) {
        switch (event.getKindCase()) {
            case SNAPSHOT -> replace(event.getSnapshot());
            case STEP -> steps.put(event.getStep().getStep().getId(), event.getStep());
            case ENDED -> replace(event.getEnded());
            case KIND_NOT_SET -> {}
        }
    }

    private void replace(Operation now) {
        operation = now;
        if (now.getStepsCount() > 0) {
            steps.clear();
            now.getStepsList().forEach(step -> steps.put(step.getStep().getId(), step));
        }
    }

    /** As last told; its steps may be older than {@link #steps()}. */
    public Operation operation() {
        return operation;
    }

    /** In the plan's order. */
    public List<OperationStep> steps() {
        return List.copyOf(steps.values());
    }

    /** A host each, in the order in which the plan names them. */
    List<HostProgress> hosts() {
        Map<String, List<OperationStep>> byHost = new LinkedHashMap<>();
        steps.values()
                .forEach(s -> byHost.computeIfAbsent(Steps.host(s), _ -> new ArrayList<>()).add(s));
        return byHost.entrySet().stream()
                .map(entry -> new HostProgress(entry.getKey(), entry.getValue()))
                .toList();
    }
}
