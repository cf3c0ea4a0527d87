package io.davit.controller.execute;

/**
 * Of an operation.
 *
 * <pre>
 *   RUNNING ──▶ DONE | FAILED | INCOMPLETE | NEEDS_APPROVAL | NEEDS_ATTENTION | CANCELLED
 *   FAILED, INCOMPLETE, NEEDS_ATTENTION, CANCELLED ──resume──▶ RUNNING
 *   NEEDS_APPROVAL ──approve──▶ RUNNING
 * </pre>
 */
public enum OperationState {
    RUNNING,
    /** Observed again: nothing is left to do. */
    DONE,
    /** Something failed or is blocked; the causes say where and why. */
    FAILED,
    /** Everything that could be done is; a host is away. */
    INCOMPLETE,
    /** A plan made on the way goes beyond what was approved. */
    NEEDS_APPROVAL,
    /** Tried as often as is sensible. */
    NEEDS_ATTENTION,
    CANCELLED;

    public boolean ended() {
        return this != RUNNING;
    }
}
