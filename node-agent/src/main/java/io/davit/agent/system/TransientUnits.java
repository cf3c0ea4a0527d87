package io.davit.agent.system;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * Work outside the agent's own paths, each piece a transient unit of systemd in the host's own
 * namespaces. A unit outlives the agent; a restarted agent finds it by its name, awaits it and
 * never starts a second one.
 */
public interface TransientUnits {

    /**
     * Runs it to its end. If a unit of this name runs already, awaits that one instead.
     *
     * @param unit without {@code .service}
     * @return its exit code and what it printed (in stdout)
     */
    default Finished run(String unit, List<String> argv, Duration deadline)
            throws IOException, InterruptedException {
        return run(unit, List.of(), argv, deadline);
    }

    /** As the other, in a sandbox of these unit properties ({@code Name=value}). */
    Finished run(String unit, List<String> properties, List<String> argv, Duration deadline)
            throws IOException, InterruptedException;

    /**
     * Waits until no unit whose name begins so is running.
     *
     * @return false if one still runs at the deadline
     */
    boolean await(String prefix, Duration deadline) throws IOException, InterruptedException;

    /** A unit name from an operation and a step, in the characters that systemd takes. */
    static String name(String operationId, String stepId, String what) {
        String raw = "davit-" + operationId + "-" + stepId + (what.isEmpty() ? "" : "-" + what);
        return raw.replaceAll("[^A-Za-z0-9_.-]", "_");
    }
}
