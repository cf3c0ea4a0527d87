package io.davit.controller.health;

import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * A probe that an agent reads again and again.
 *
 * @param name as in the agent's profile; {@link Watched} has those that matter here
 * @param since how long it stood so when it was reported
 * @param failures in a row, up to then
 * @param lastError of the last reading that failed; empty if none did since the agent started
 * @param lastErrorAge how old that was
 * @param details typed by the probe
 */
public record WatchedProbe(
        String name,
        Standing standing,
        Duration since,
        int failures,
        String lastError,
        Duration lastErrorAge,
        Map<String, String> details) {

    /** What its readings say together. */
    public enum Standing {
        /** Not read often enough to tell. */
        UNKNOWN,
        OK,
        /** It failed at least twice in a row. */
        FAILED
    }

    public WatchedProbe {
        details = Collections.unmodifiableSortedMap(new TreeMap<>(details));
    }

    public boolean failed() {
        return standing == Standing.FAILED;
    }
}
