package io.davit.controller.access;

/** Whose listener a call came in by. */
public enum PeerClass {
    /** 7443, certificate of the agents' issuer. */
    AGENT,
    /** 7444, no identity yet. */
    ENROLLING,
    /** 7445, certificate of the operators' issuer. */
    OPERATOR,
    /** The unix socket, peer uid 0. */
    LOCAL
}
