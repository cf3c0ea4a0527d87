package io.davit.agent.system;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** The host's network, read only. */
public interface Network {

    /** A TCP socket that listens. */
    record Listener(boolean loopback, int port) {}

    /** All listening TCP sockets. */
    List<Listener> listeners() throws IOException;

    /** Who listens on this port, for people: "haproxy (pid 811)"; "another program" if unknown. */
    String holder(int port) throws InterruptedException;

    /**
     * Whether anything at this address answers a connection attempt, be it by refusing it.
     *
     * @throws IOException with the reason if nothing does
     */
    void reach(String address, int port, Duration timeout) throws IOException;

    /**
     * An address on an interface.
     *
     * @param name "eth0"
     * @param prefix of its network, in bits
     */
    record Address(String name, String address, int prefix) {}

    /** Addresses of the interfaces that are up, without loopback and link-local ones. */
    List<Address> addresses() throws IOException;
}
