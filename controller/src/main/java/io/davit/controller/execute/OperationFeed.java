package io.davit.controller.execute;

import io.davit.controller.plan.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The state of one running operation: stored before it is told, and told to everybody who watches
 * in the same order.
 */
final class OperationFeed {

    private final OperationStore store;
    private final Map<String, StepRecord> steps = new LinkedHashMap<>();
    private final List<OperationListener> listeners = new CopyOnWriteArrayList<>();
    private OperationRecord operation;

    OperationFeed(OperationStore store, OperationRecord operation) {
        this.store = store;
        this.operation = operation;
        store.steps(operation.id()).forEach(step -> steps.put(step.step().id(), step));
    }

    synchronized OperationRecord operation() {
        return operation;
    }

    synchronized List<StepRecord> steps() {
        return List.copyOf(steps.values());
    }

    synchronized StepRecord step(String id) {
        return Optional.ofNullable(steps.get(id)).orElseThrow();
    }

    /** Begins with a snapshot; ended at once when the operation has ended. */
    synchronized void watch(OperationListener listener) {
        listeners.add(listener);
        tell(l -> l.snapshot(operation, steps()), List.of(listener));
        if (operation.state().ended()) {
            tell(l -> l.ended(operation, steps()), List.of(listener));
        }
    }

    synchronized void unwatch(OperationListener listener) {
        listeners.remove(listener);
    }

    /** A new plan. */
    synchronized void planned(OperationRecord next, List<Step> plan) {
        operation = next;
        steps.clear();
        plan.forEach(step -> steps.put(step.id(), StepRecord.waiting(step)));
        store.save(next);
        store.saveSteps(next.id(), steps());
        tell(l -> l.snapshot(operation, steps()), listeners);
    }

    /** A step has a new state. */
    synchronized void moved(StepRecord step) {
        steps.put(step.step().id(), step);
        store.saveStep(operation.id(), step);
        tell(l -> l.step(step), listeners);
    }

    /** A step says something; its state stays, and nothing is stored. */
    synchronized void says(String stepId, String what, List<String> logLines) {
        var step = step(stepId).saying(what, logLines);
        steps.put(stepId, step);
        tell(l -> l.step(step), listeners);
    }

    synchronized OperationRecord ended(OperationRecord next) {
        operation = next;
        store.save(next);
        tell(l -> l.ended(operation, steps()), listeners);
        return next;
    }

    private interface Telling {
        void to(OperationListener listener);
    }

    private void tell(Telling telling, List<OperationListener> whom) {
        for (OperationListener listener : new ArrayList<>(whom)) {
            try {
                telling.to(listener);
            } catch (RuntimeException e) {
                listeners.remove(listener); // its watch ends; the operation does not care
            }
        }
    }
}
