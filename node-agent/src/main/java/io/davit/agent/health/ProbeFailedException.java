package io.davit.agent.health;

import java.util.Map;

/** A probe's answer is no. The message is the reason in one line. */
final class ProbeFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Map<String, String> details;

    ProbeFailedException(String why) {
        this(why, Map.of());
    }

    ProbeFailedException(String why, Map<String, String> details) {
        super(why);
        this.details = Map.copyOf(details);
    }

    Map<String, String> details() {
        return details;
    }
}
