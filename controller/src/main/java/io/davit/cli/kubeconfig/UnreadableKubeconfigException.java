package io.davit.cli.kubeconfig;

/** A file that cannot be taken for a kubeconfig: where, and why. */
public final class UnreadableKubeconfigException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int line;

    /**
     * Says what is wrong.
     *
     * @param line counted from 1; 0: the whole file
     */
    UnreadableKubeconfigException(int line, String why) {
        super(why);
        this.line = line;
    }

    /** Counted from 1; 0: the whole file. */
    public int line() {
        return line;
    }
}
