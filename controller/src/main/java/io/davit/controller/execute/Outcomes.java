package io.davit.controller.execute;

import io.davit.controller.agentlink.StepOutcome;
import java.time.Instant;
import java.util.List;

/** Turns an outcome into a step's state. */
final class Outcomes {

    /** How a host, or a mark, says that it is not as it was when it was planned on. */
    static final String STALE = "stale, plan again";

    private Outcomes() {}

    static StepRecord apply(StepRecord step, StepOutcome outcome, Instant now) {
        return switch (outcome) {
            case StepOutcome.Unchanged _ ->
                    step.ended(StepState.UNCHANGED, "was so already", "", List.of(), now);
            case StepOutcome.Changed changed ->
                    step.ended(StepState.CHANGED, changed.what(), "", List.of(), now);
            case StepOutcome.Retry retry ->
                    step.ended(StepState.RETRYING, retry.why(), "", List.of(), now);
            case StepOutcome.Blocked blocked ->
                    step.ended(StepState.BLOCKED, blocked.why(), blocked.remedy(), List.of(), now);
            case StepOutcome.Failed failed when failed.why().startsWith(STALE) ->
                    step.ended(StepState.RETRYING, failed.why(), "", failed.logLines(), now);
            case StepOutcome.Failed failed ->
                    step.ended(
                            StepState.FAILED,
                            failed.why(),
                            "mend the cause, then apply again or resume the operation",
                            failed.logLines(),
                            now);
            case StepOutcome.Unknown unknown ->
                    step.ended(StepState.UNKNOWN, unknown.why(), "", List.of(), now);
        };
    }
}
