package io.davit.controller.execute;

/** Of a step of an operation. */
public enum StepState {
    WAITING,
    RUNNING,
    UNCHANGED,
    CHANGED,
    RETRYING,
    BLOCKED,
    FAILED,
    /** Contact was lost while it was sent or ran. */
    UNKNOWN,
    /** A step before it on its host, or one it depends on, did not end well. */
    SKIPPED;

    /** It was done, or was so already. */
    public boolean well() {
        return this == UNCHANGED || this == CHANGED;
    }
}
