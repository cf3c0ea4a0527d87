package io.davit.cli;

/** Ends the command with a message for the person, and an exit code for the script. */
public final class CliException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int exitCode;
    private final String remedy;

    /**
     * Ends the command.
     *
     * @param message "cannot VERB OBJECT: cause"
     * @param remedy what to do about it; empty: the message says it all
     */
    public CliException(int exitCode, String message, String remedy) {
        super(message);
        this.exitCode = exitCode;
        this.remedy = remedy;
    }

    /** One of {@link ExitCode}. */
    public int exitCode() {
        return exitCode;
    }

    /** What to do about it. */
    public String remedy() {
        return remedy;
    }
}
