package io.davit.controller.execute;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Remembers what it was told. */
class RecordingListener implements OperationListener {

    int snapshots;
    final Set<String> finished = new HashSet<>();
    final List<OperationState> ended = new ArrayList<>();

    @Override
    public void snapshot(OperationRecord operation, List<StepRecord> steps) {
        snapshots++;
    }

    @Override
    public void step(StepRecord step) {
        if (step.endedAt().isPresent()) {
            finished.add(step.step().id());
        }
    }

    @Override
    public void ended(OperationRecord operation, List<StepRecord> steps) {
        ended.add(operation.state());
    }
}
