package io.davit.controller.agentlink;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * One reading of a probe at the moment it was asked for.
 *
 * @param error why not, in one line
 * @param details typed by the probe
 */
public record ProbeReading(
        String role, String probe, boolean ok, String error, Map<String, String> details) {

    public ProbeReading {
        details = Collections.unmodifiableSortedMap(new TreeMap<>(details));
    }
}
