package io.davit.agent.profile;

import java.util.Map;
import java.util.regex.Pattern;

/** A named, typed health check: what is asked of whom. */
public sealed interface Probe {

    /** An IPv4 or IPv6 address or a DNS name, as a probe's argument. */
    Pattern ADDRESS = Pattern.compile("[0-9a-zA-Z]([0-9a-zA-Z.:-]{0,251}[0-9a-zA-Z])?|::1");

    /** An RFC 1123 label. */
    Pattern LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

    Pattern PORT = Pattern.compile("[1-9][0-9]{0,4}");
    Pattern NODE = Pattern.compile("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?");

    /** The wire name. */
    String name();

    /** Grammar of each argument; all of them are needed. */
    default Map<String, Pattern> arguments() {
        return Map.of();
    }

    /** Whether a TCP connection from here gets any answer. Arguments address, port. */
    record Reaches(String name) implements Probe {
        @Override
        public Map<String, Pattern> arguments() {
            return Map.of("address", ADDRESS, "port", PORT);
        }
    }

    /** GET over plain HTTP on 127.0.0.1; ok is 200 with this text in the body. */
    record LoopbackGet(String name, int port, String path, String expected) implements Probe {}

    /** The member on this host: its own status and the member list. */
    record EtcdMember(String name) implements Probe {}

    /** Whether a key with this prefix stands in etcd. */
    record EtcdKey(String name, String prefix) implements Probe {}

    /** GET over TLS on 127.0.0.1, trusting this file; ok is 200 with this body. */
    record TlsGet(String name, int port, String path, String caFile, String expected)
            implements Probe {}

    /** The checks that the API server on this host makes of itself, as its admin sees them. */
    record ApiChecks(String name, String path) implements Probe {}

    /** A node in the API. Argument name. */
    record Node(String name, boolean mustBeReady) implements Probe {
        @Override
        public Map<String, Pattern> arguments() {
            return Map.of("name", NODE);
        }
    }

    /** All nodes in the API: "UID cordoned MARK" by name. */
    record NodeMarks(String name) implements Probe {}

    /** The unit is active. */
    record UnitActive(String name, String unit) implements Probe {}

    /** HAProxy's unit is active, and its admin socket answers. */
    record HaproxyServing(String name, String unit, String socket, String backend)
            implements Probe {}

    /**
     * A server of HAProxy's backend: up by its own check, or without a session. Argument server.
     */
    record HaproxyServer(String name, String socket, String backend, boolean idle)
            implements Probe {
        @Override
        public Map<String, Pattern> arguments() {
            return Map.of("server", LABEL);
        }
    }

    /**
     * The endpoint that workers join by: {@code /ping} over TLS, and the CA it serves against the
     * hash in the token file. Arguments address, port.
     */
    record K3sEndpoint(String name, String tokenFile) implements Probe {
        @Override
        public Map<String, Pattern> arguments() {
            return Map.of("address", ADDRESS, "port", PORT);
        }
    }

    /**
     * The numbers of the member on this host, from its metrics listener on loopback: whether it has
     * a leader, is one, and how full its database is.
     */
    record EtcdNumbers(String name) implements Probe {}

    /** All servers of HAProxy's backend; ok while one of them is up. */
    record HaproxyBackends(String name, String socket, String backend) implements Probe {}

    /**
     * The address that keepalived keeps: its unit is active, and whether this host has the address
     * now. Always ok on a host whose load balancer has none.
     */
    record VirtualIp(String name, String unit, String configFile) implements Probe {}

    /** The node that this host is, by the name in k3s' configuration. */
    record OwnNode(String name, String configFile) implements Probe {}

    /** All nodes in the API, with what each lacks; ok if they can be read. */
    record Nodes(String name) implements Probe {}

    /** As {@link K3sEndpoint}, of the server in k3s' configuration. */
    record OwnEndpoint(String name, String configFile, String tokenFile) implements Probe {}

    /** The last lines that the unit logged; always ok. */
    record UnitLog(String name, String unit) implements Probe {}
}
