package io.davit.agent.system;

/**
 * How a program ended.
 *
 * @param exitCode -1 if it had to be killed at its deadline
 * @param stdout cut at the output cap
 * @param stderr likewise
 */
public record Finished(int exitCode, String stdout, String stderr) {

    public static final int DEADLINE = -1;

    public boolean ok() {
        return exitCode == 0;
    }

    /** One line for people: its last words, else its code. */
    public String cause() {
        if (exitCode == DEADLINE) {
            return "no answer before the deadline";
        }
        String words = stderr.isBlank() ? stdout : stderr;
        String last = words.strip().lines().reduce("", (first, second) -> second);
        return last.isEmpty() ? "exit code " + exitCode : Printable.line(last.strip(), 300);
    }
}
