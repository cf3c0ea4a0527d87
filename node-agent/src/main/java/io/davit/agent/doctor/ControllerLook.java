package io.davit.agent.doctor;

import io.davit.agent.link.Address;
import java.io.IOException;
import java.time.Instant;

/** A look at one of the controller's listeners. */
public interface ControllerLook {

    /**
     * What its certificate says. Nobody has vouched for it here: that is for enrolment, by the
     * token's pin.
     */
    record Seen(Instant notBefore, Instant notAfter) {}

    /**
     * Connects, and lets it show its certificate.
     *
     * @throws IOException with the reason if nothing answers, or no TLS
     */
    Seen at(Address listener) throws IOException;
}
