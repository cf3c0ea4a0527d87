package io.davit.cli;

/** What the command's exit code says; scripts rely on these. */
public final class ExitCode {

    /** Nothing to do, or done. */
    public static final int OK = 0;

    /** A defect of the command itself; its stack trace is shown. */
    public static final int DEFECT = 1;

    /** There are changes to be made. */
    public static final int CHANGES = 2;

    /** Refused, failed or incomplete. */
    public static final int FAILED = 3;

    /** The command line is wrong. */
    public static final int USAGE = 64;

    /** The controller cannot be reached. */
    public static final int UNREACHABLE = 69;

    /** Of {@code davit status} alone: a cluster works, but not all of it. */
    public static final int DEGRADED = 1;

    /** Of {@code davit status} alone: a cluster does not serve. */
    public static final int DOWN = 2;

    private ExitCode() {}
}
