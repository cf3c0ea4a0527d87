package io.davit.controller.report;

import io.davit.controller.access.Answers;
import io.davit.controller.execute.OperationRecord;
import io.davit.controller.execute.StepRecord;
import io.davit.proto.operator.v1.Operation;
import io.davit.proto.operator.v1.OperationState;
import io.davit.proto.operator.v1.OperationStep;
import io.davit.proto.operator.v1.StepState;
import java.util.List;
import java.util.Map;

/** Operations as messages. */
public final class OperationMessages {

    private OperationMessages() {}

    public static Operation operation(OperationRecord operation, List<StepRecord> steps) {
        var message =
                Operation.newBuilder()
                        .setId(operation.id())
                        .setCluster(operation.cluster())
                        .setGeneration(operation.generation())
                        .setState(state(operation.state()))
                        .setOperator(operation.operator())
                        .setStartedAt(Answers.timestamp(operation.startedAt()));
        operation.consent().snapshot().ifPresent(it -> message.setSnapshot(it.name()));
        operation.endedAt().ifPresent(ended -> message.setEndedAt(Answers.timestamp(ended)));
        steps.forEach(step -> message.addSteps(step(step)));
        operation.causes().forEach(cause -> message.addCauses(PlanMessages.blocker(cause)));
        operation
                .outsideEnvelope()
                .forEach(step -> message.addOutsideEnvelope(PlanMessages.step(step, Map.of())));
        return message.build();
    }

    public static OperationStep step(StepRecord step) {
        var message =
                OperationStep.newBuilder()
                        .setStep(PlanMessages.step(step.step(), Map.of()))
                        .setState(state(step.state()))
                        .setDetail(step.detail())
                        .setRemedy(step.remedy())
                        .setAttempt(step.attempt())
                        .addAllLogLines(step.logLines());
        step.startedAt().ifPresent(at -> message.setStartedAt(Answers.timestamp(at)));
        step.endedAt().ifPresent(at -> message.setEndedAt(Answers.timestamp(at)));
        return message.build();
    }

    private static OperationState state(io.davit.controller.execute.OperationState state) {
        return switch (state) {
            case RUNNING -> OperationState.OPERATION_STATE_RUNNING;
            case DONE -> OperationState.OPERATION_STATE_DONE;
            case FAILED -> OperationState.OPERATION_STATE_FAILED;
            case INCOMPLETE -> OperationState.OPERATION_STATE_INCOMPLETE;
            case NEEDS_APPROVAL -> OperationState.OPERATION_STATE_NEEDS_APPROVAL;
            case NEEDS_ATTENTION -> OperationState.OPERATION_STATE_NEEDS_ATTENTION;
            case CANCELLED -> OperationState.OPERATION_STATE_CANCELLED;
        };
    }

    private static StepState state(io.davit.controller.execute.StepState state) {
        return switch (state) {
            case WAITING -> StepState.STEP_STATE_WAITING;
            case RUNNING -> StepState.STEP_STATE_RUNNING;
            case UNCHANGED -> StepState.STEP_STATE_UNCHANGED;
            case CHANGED -> StepState.STEP_STATE_CHANGED;
            case RETRYING -> StepState.STEP_STATE_RETRYING;
            case BLOCKED -> StepState.STEP_STATE_BLOCKED;
            case FAILED -> StepState.STEP_STATE_FAILED;
            case UNKNOWN -> StepState.STEP_STATE_UNKNOWN;
            case SKIPPED -> StepState.STEP_STATE_SKIPPED;
        };
    }
}
