package io.davit.controller.agentlink;

import io.davit.common.HostId;

/** The host has no session, or did not answer in time. */
public final class HostAwayException extends Exception {

    private static final long serialVersionUID = 1L;

    public HostAwayException(HostId host, String why) {
        super("host " + host + " is away: " + why);
    }
}
