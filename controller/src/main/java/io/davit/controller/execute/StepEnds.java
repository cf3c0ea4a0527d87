package io.davit.controller.execute;

import io.davit.controller.plan.Plan;
import io.davit.controller.plan.Step;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How the steps of a run have ended, for those that wait for them. */
final class StepEnds {

    private final Map<String, Boolean> ends = new HashMap<>();
    private final Plan plan;

    StepEnds(Plan plan) {
        this.plan = plan;
    }

    /** The first end counts. */
    synchronized void end(String stepId, boolean well) {
        if (ends.putIfAbsent(stepId, well) == null) {
            notifyAll();
        }
    }

    synchronized boolean ended(String stepId) {
        return ends.containsKey(stepId);
    }

    synchronized boolean well(String stepId) {
        return ends.getOrDefault(stepId, false);
    }

    /** All that it depends on ended well, or is in the same batch before it. */
    synchronized boolean ready(Step step, List<Step> batch) {
        return step.dependsOn().stream()
                .allMatch(id -> well(id) || batch.stream().anyMatch(b -> b.id().equals(id)));
    }

    /**
     * Waits until all that the step depends on has ended. Each of those has a deadline of its own,
     * and every lane ends all its steps, so this ends too.
     *
     * @return the one that did not end well
     */
    synchronized Optional<String> awaitDependencies(Step step) throws InterruptedException {
        for (String id : step.dependsOn()) {
            await(id);
            if (!well(id)) {
                return Optional.of(id);
            }
        }
        return Optional.empty();
    }

    /** Waits until these have ended, well or not. */
    synchronized void await(List<String> stepIds) throws InterruptedException {
        for (String id : stepIds) {
            await(id);
        }
    }

    private synchronized void await(String id) throws InterruptedException {
        while (!ends.containsKey(id)) {
            if (plan.steps().stream().noneMatch(s -> s.id().equals(id))) {
                throw new IllegalStateException(
                        "cannot wait for " + id + ": it is not in the plan");
            }
            wait();
        }
    }
}
