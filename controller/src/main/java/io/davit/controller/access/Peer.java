package io.davit.controller.access;

import io.davit.common.HostId;
import io.davit.controller.audit.Actor;
import io.grpc.Context;
import java.util.Optional;

/**
 * Who is calling, as the gate found it.
 *
 * @param host of an agent
 * @param operator name of an operator
 * @param access level of an operator, read for this call
 * @param serial of the certificate; empty without one
 * @param ip peer address of the connection; empty on the unix socket
 */
public record Peer(
        PeerClass peerClass,
        Optional<HostId> host,
        Optional<String> operator,
        Optional<AccessLevel> access,
        String serial,
        String ip) {

    static final Context.Key<Peer> KEY = Context.key("davit-peer");

    /**
     * The peer of the call that the current thread serves.
     *
     * @throws IllegalStateException outside of a call
     */
    public static Peer current() {
        Peer peer = KEY.get();
        if (peer == null) {
            throw new IllegalStateException("cannot tell the peer: no call is being served here");
        }
        return peer;
    }

    /**
     * The host that calls.
     *
     * @throws IllegalStateException if the caller is none
     */
    public HostId requireHost() {
        return host.orElseThrow(() -> new IllegalStateException("the caller is not a host"));
    }

    /** Its name in records and logs. */
    public String name() {
        return switch (peerClass) {
            case AGENT -> "host/" + host.map(HostId::value).orElse("?");
            case OPERATOR -> "operator/" + operator.orElse("?");
            case ENROLLING -> "enrolling";
            case LOCAL -> "root";
        };
    }

    /** For audit rows. */
    public Actor actor() {
        return new Actor(name(), access.map(AccessLevel::text).orElse(""), ip);
    }

    Peer withAccess(AccessLevel level) {
        return new Peer(peerClass, host, operator, Optional.of(level), serial, ip);
    }
}
