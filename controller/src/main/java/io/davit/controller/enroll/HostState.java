package io.davit.controller.enroll;

import java.util.Locale;

/**
 * What the controller has decided about a host.
 *
 * <pre>
 *   PENDING ──approve──▶ ACTIVE ───────remove───────▶ BANNED
 *      │                   └──give up──▶ RETIRED ──remove──▲
 *      └─────────────────────remove────────────────────────┘
 * </pre>
 */
public enum HostState {
    /** Enrolled, waits for a person. */
    PENDING,
    /** Has a certificate, may hold a session. */
    ACTIVE,
    /**
     * It left its cluster unreached, and may still run what it ran there: its session is accepted
     * until its certificate ends, it is told to end its worker role and nothing else, and it is
     * never bound again.
     */
    RETIRED,
    /** Neither its certificate nor its key is accepted again. */
    BANNED;

    /** Its session is accepted. */
    public boolean mayConnect() {
        return this == ACTIVE || this == RETIRED;
    }

    /** As people read it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
