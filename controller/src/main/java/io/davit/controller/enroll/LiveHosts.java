package io.davit.controller.enroll;

import io.davit.common.HostId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What is known of hosts from their sessions. */
public interface LiveHosts {

    /** What was last seen of a host since this controller started. */
    Optional<Seen> seen(HostId host);

    /** The host that has a session from this address now, if there is one. */
    Optional<HostId> connectedFrom(String address);

    /** Ends a host's session at once; it is told why. */
    void end(HostId host, String why);

    /**
     * A host as its session shows it.
     *
     * @param peerAddress of the connection
     * @param reportedAddresses by itself, unconfirmed
     * @param connected heartbeats arrive
     */
    record Seen(
            String peerAddress,
            List<String> reportedAddresses,
            boolean connected,
            Instant lastSeen,
            String agentVersion,
            List<String> warnings) {

        /** Copies the lists. */
        public Seen {
            reportedAddresses = List.copyOf(reportedAddresses);
            warnings = List.copyOf(warnings);
        }
    }
}
