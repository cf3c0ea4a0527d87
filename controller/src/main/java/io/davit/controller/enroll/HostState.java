package io.davit.controller.enroll;

import java.util.Locale;

/**
 * What the controller has decided about a host.
 *
 * <pre>
 *   PENDING ──approve──▶ ACTIVE ──remove──▶ BANNED
 *      └────────────────remove───────────────▲
 * </pre>
 */
public enum HostState {
    /** Enrolled, waits for a person. */
    PENDING,
    /** Has a certificate, may hold a session. */
    ACTIVE,
    /** Neither its certificate nor its key is accepted again. */
    BANNED;

    /** As people read it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
