package io.davit.controller.execute;

import java.util.List;
import java.util.Optional;

/** Where operations are remembered. Every method is durable on return. */
public interface OperationStore {

    void save(OperationRecord operation);

    /** Replaces all steps of an operation: it has a new plan. */
    void saveSteps(String operationId, List<StepRecord> steps);

    /** One step has moved. Progress inside a state is not stored. */
    void saveStep(String operationId, StepRecord step);

    Optional<OperationRecord> find(String operationId);

    /** In the order of the plan. */
    List<StepRecord> steps(String operationId);

    /** Newest first; of all clusters when the name is empty. */
    List<OperationRecord> list(String cluster, int limit);
}
