package io.davit.controller.access;

import io.davit.controller.audit.Actor;
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

    /** Whether somebody acts at exactly this level. */
    public boolean isThatOf(Actor actor) {
        return text().equals(actor.access());
    }

    /** As people read it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
