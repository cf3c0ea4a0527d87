package io.davit.controller.plan;

/**
 * Why a step is in the plan; it reaches the plan's print, the agent's log and the report.
 *
 * @param note what exactly, in a few words
 */
public record Reason(Why why, String note) {

    /** The closed list of causes. */
    public enum Why {
        ABSENT("not there"),
        DIFFERS("differs from what is wanted"),
        INPUTS_CHANGED("was started with other inputs"),
        NOT_RUNNING("does not run"),
        CERTIFICATE_ENDS("certificate ends soon"),
        NOT_READY("is not ready yet"),
        ORDER("keeps the order of bring-up"),
        LEFT_SPEC("is in the spec no more"),
        GIVEN_UP("must not be known to who was given up"),
        ASKED("was asked for");

        private final String text;

        Why(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    @Override
    public String toString() {
        return note.isEmpty() ? why.text() : why.text() + ": " + note;
    }
}
