package io.davit.controller.report;

/**
 * Whether a role of a host does what it is for, at the moment it was asked.
 *
 * @param detail why not, or what else is worth knowing; may be empty
 */
public record RoleHealth(String role, Standing standing, String detail) {

    /** How a role stands. */
    public enum Standing {
        /** It does what it is for. */
        OK("ok"),
        /** Its node has joined, and lacks only the network that a person installs. */
        WAITING_FOR_CNI("WaitingForCNI"),
        /** It does not. */
        NOT_OK("not ok");

        private final String text;

        Standing(String text) {
            this.text = text;
        }

        /** As operators read it. */
        public String text() {
            return text;
        }
    }

    public RoleHealth(String role, boolean ok, String detail) {
        this(role, ok ? Standing.OK : Standing.NOT_OK, detail);
    }

    /** It does all it is for. */
    public boolean ok() {
        return standing == Standing.OK;
    }

    /** It does what does not need pods: a server without a CNI serves its API. */
    public boolean serves() {
        return standing != Standing.NOT_OK;
    }
}
