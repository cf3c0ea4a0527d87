package io.davit.agent.step;

import io.davit.agent.journal.StepKey;
import io.davit.proto.agent.v1.Outcome;
import io.davit.proto.agent.v1.StepPhase;
import io.davit.proto.agent.v1.StepProgress;
import java.util.List;

/** Tells the listener, with the phase that the step is in. */
final class ProgressReport implements Work.Progress {

    private final StepKey key;
    private final EngineListener listener;
    private StepPhase phase = StepPhase.STEP_PHASE_CHECK;

    ProgressReport(StepKey key, EngineListener listener) {
        this.key = key;
        this.listener = listener;
    }

    void enter(StepPhase entered) {
        phase = entered;
        tell("", List.of());
    }

    @Override
    public void tell(String detail, List<String> logLines) {
        listener.progress(
                StepProgress.newBuilder()
                        .setOperationId(key.operationId())
                        .setStepId(key.stepId())
                        .setAttempt(key.attempt())
                        .setPhase(phase)
                        .setDetail(detail)
                        .addAllLogLines(logLines)
                        .build());
    }

    static String oneLine(Outcome outcome) {
        return switch (outcome.getKindCase()) {
            case UNCHANGED -> "unchanged";
            case CHANGED -> outcome.getChanged().getWhat();
            case RETRY -> "to be retried: " + outcome.getRetry().getWhy();
            case BLOCKED -> "blocked: " + outcome.getBlocked().getWhy();
            case FAILED -> "failed: " + outcome.getFailed().getWhy();
            case KIND_NOT_SET -> "nothing";
        };
    }
}
