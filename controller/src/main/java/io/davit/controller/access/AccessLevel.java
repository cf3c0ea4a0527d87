package io.davit.controller.access;

import java.util.Locale;

/** What an operator may do; each level includes the ones before it. */
public enum AccessLevel {
    /** Looks, sees no secret. */
    VIEWER,
    /** Applies and operates; no secret, no identity. */
    MAINTAINER,
    /** Tokens, hosts, kubeconfigs, destruction. */
    ADMIN;

    /** Whether this level may do what {@code needed} may. */
    public boolean includes(AccessLevel needed) {
        return compareTo(needed) >= 0;
    }

    /** As people read it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
