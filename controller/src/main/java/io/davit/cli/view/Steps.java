package io.davit.cli.view;

import io.davit.proto.operator.v1.OperationStep;
import io.davit.proto.operator.v1.StepState;
import java.util.EnumSet;
import java.util.Set;

/** What the states of an operation's steps mean, and how steps are called. */
final class Steps {

    private static final Set<StepState> WELL =
            EnumSet.of(StepState.STEP_STATE_UNCHANGED, StepState.STEP_STATE_CHANGED);
    private static final Set<StepState> BADLY =
            EnumSet.of(StepState.STEP_STATE_BLOCKED, StepState.STEP_STATE_FAILED);
    private static final Set<StepState> IN_HAND =
            EnumSet.of(
                    StepState.STEP_STATE_RUNNING,
                    StepState.STEP_STATE_RETRYING,
                    StepState.STEP_STATE_UNKNOWN);

    private Steps() {}

    static boolean well(OperationStep step) {
        return WELL.contains(step.getState());
    }

    /** It is the cause of trouble, not its victim. */
    static boolean badly(OperationStep step) {
        return BADLY.contains(step.getState());
    }

    static boolean skipped(OperationStep step) {
        return step.getState() == StepState.STEP_STATE_SKIPPED;
    }

    static boolean inHand(OperationStep step) {
        return IN_HAND.contains(step.getState());
    }

    /** Nothing more happens to it in this round. */
    static boolean over(OperationStep step) {
        return well(step) || badly(step) || skipped(step);
    }

    static String id(OperationStep step) {
        return step.getStep().getId();
    }

    static String host(OperationStep step) {
        return step.getStep().getHost().isEmpty() ? "controller" : step.getStep().getHost();
    }

    /** "run k3s", and with the role in front where a host has several. */
    static String title(OperationStep step) {
        return PlanText.verb(step.getStep()) + " " + step.getStep().getWhat();
    }

    static String titleWithRole(OperationStep step) {
        String role = step.getStep().getRole();
        return role.isEmpty() || role.equals("cluster") ? title(step) : role + " " + title(step);
    }

    /** "s1: control-plane run k3s" */
    static String placed(OperationStep step) {
        return host(step) + ": " + titleWithRole(step);
    }
}
