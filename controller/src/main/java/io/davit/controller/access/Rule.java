package io.davit.controller.access;

import java.time.Duration;
import java.util.Optional;

/**
 * One row of the table.
 *
 * @param method full name, {@code davit.operator.v1.Hosts/List}
 * @param peers the only class of peers that may call it
 * @param needed the least access level; empty where the class has none
 * @param deadline given to a call that brings none; empty: an endless stream
 * @param idempotent may be repeated by a client that got no answer
 * @param whileAdopting is answered by a controller in adopt mode, too
 */
public record Rule(
        String method,
        PeerClass peers,
        Optional<AccessLevel> needed,
        Optional<Duration> deadline,
        boolean idempotent,
        boolean whileAdopting) {

    /** The same, answered in adopt mode, too. */
    Rule answeredWhileAdopting() {
        return new Rule(method, peers, needed, deadline, idempotent, true);
    }

    /** A stream that lives as long as its connection. */
    public boolean endless() {
        return deadline.isEmpty();
    }
}
