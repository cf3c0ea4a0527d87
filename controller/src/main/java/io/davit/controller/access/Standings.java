package io.davit.controller.access;

import io.davit.common.HostId;

/** What the state says about an identity now; asked for every call, so that a ban acts at once. */
public interface Standings {

    /** An agent with this certificate serial number. */
    Standing ofHost(HostId host, String serial);

    /** An operator with this certificate serial number. */
    Standing ofOperator(String name, String serial);

    /** The answer. */
    sealed interface Standing {}

    /** A host whose certificate is its active or its pending one. */
    record AcceptedHost() implements Standing {}

    /** An operator, with the level it has now. */
    record AcceptedOperator(AccessLevel access) implements Standing {}

    /** Not accepted; {@code why} may be shown to the peer. */
    record Refused(String why) implements Standing {}
}
