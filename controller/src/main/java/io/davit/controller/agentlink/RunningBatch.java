package io.davit.controller.agentlink;

import io.davit.proto.agent.v1.BatchRefused;
import io.davit.proto.agent.v1.StepProgress;
import io.davit.proto.agent.v1.StepResult;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;

/** A batch that was sent: takes what the agent says of it, once each, until it has ended. */
final class RunningBatch {

    private final ReentrantLock lock = new ReentrantLock();
    private final Batch batch;
    private final BatchListener listener;
    private final Map<String, Integer> open = new HashMap<>();
    private final CompletableFuture<BatchEnd> end = new CompletableFuture<>();

    RunningBatch(Batch batch, BatchListener listener) {
        this.batch = batch;
        this.listener = listener;
        batch.commands().forEach(command -> open.put(command.stepId(), command.attempt()));
        if (open.isEmpty()) {
            end.complete(new BatchEnd.Finished());
        }
    }

    String operationId() {
        return batch.operationId();
    }

    CompletableFuture<BatchEnd> end() {
        return end;
    }

    void progress(StepProgress progress) {
        lock.lock();
        try {
            if (isOpen(progress.getStepId(), progress.getAttempt())) {
                listener.progress(
                        progress.getStepId(),
                        progress.getAttempt(),
                        FromWire.phase(progress.getPhase()),
                        FromWire.text(progress.getDetail()),
                        FromWire.lines(progress.getLogLinesList()));
            }
        } finally {
            lock.unlock();
        }
    }

    /** Tells the listener, who stores it; only then may the result be acknowledged. */
    void result(StepResult result) {
        lock.lock();
        try {
            if (!isOpen(result.getStepId(), result.getAttempt())) {
                return;
            }
            StepOutcome outcome = FromWire.outcome(result.getOutcome());
            listener.result(
                    result.getStepId(),
                    result.getAttempt(),
                    outcome,
                    Duration.ofMillis(result.getDurationMs()));
            open.remove(result.getStepId());
            boolean well =
                    outcome instanceof StepOutcome.Unchanged
                            || outcome instanceof StepOutcome.Changed;
            if (open.isEmpty() || !well) {
                end.complete(new BatchEnd.Finished());
            }
        } finally {
            lock.unlock();
        }
    }

    void refused(BatchRefused refused) {
        end.complete(
                new BatchEnd.Refused(
                        FromWire.text(refused.getCode()),
                        FromWire.text(refused.getWhy()),
                        refused.getStepIdsList()));
    }

    void contactLost(String why) {
        end.complete(new BatchEnd.ContactLost(why));
    }

    private boolean isOpen(String stepId, int attempt) {
        return !end.isDone() && Integer.valueOf(attempt).equals(open.get(stepId));
    }
}
