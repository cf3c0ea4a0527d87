package io.davit.controller.agentlink;

import io.davit.common.HostId;
import io.davit.controller.enroll.LiveHosts.Seen;
import io.davit.controller.observe.HostFacts;
import io.davit.controller.observe.Observation;
import io.davit.proto.agent.v1.Hello;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What is remembered of one host between its sessions, since this controller started. */
final class HostLink {

    private final HostId host;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable AgentSession session;
    private @Nullable Observed observed;
    private String peerAddress = "";
    private AgentState agent = AgentState.UNKNOWN;
    private List<String> reportedAddresses = List.of();
    private Instant lastSeen = Instant.EPOCH;
    private Duration clockOffset = Duration.ZERO;
    private long highestEpoch;
    private String arch = "";

    HostLink(HostId host) {
        this.host = host;
    }

    private record Observed(Observation observation, long atNanos) {}

    HostId host() {
        return host;
    }

    Optional<AgentSession> session() {
        lock.lock();
        try {
            return Optional.ofNullable(session);
        } finally {
            lock.unlock();
        }
    }

    /** Puts a session in the place of what was seen there; false if another has come meanwhile. */
    boolean replace(
            Optional<AgentSession> expected, AgentSession next, HostFacts facts, Hello hello) {
        lock.lock();
        try {
            if (session != expected.orElse(null)) {
                return false;
            }
            session = next;
            highestEpoch = hello.getHighestEpoch();
            peerAddress = next.peerAddress();
            agent = agent.greeted(hello, System.nanoTime());
            arch = facts.arch();
            reportedAddresses = facts.addresses();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Whether it was the one that was held. */
    boolean leave(AgentSession leaving) {
        lock.lock();
        try {
            if (session != leaving) {
                return false;
            }
            session = null;
            return true;
        } finally {
            lock.unlock();
        }
    }

    void sign(Instant now) {
        lock.lock();
        try {
            lastSeen = now;
        } finally {
            lock.unlock();
        }
    }

    void clock(Duration offset) {
        lock.lock();
        try {
            clockOffset = offset;
        } finally {
            lock.unlock();
        }
    }

    void observed(Observation observation) {
        lock.lock();
        try {
            observed = new Observed(observation, System.nanoTime());
            reportedAddresses = observation.facts().addresses();
        } finally {
            lock.unlock();
        }
    }

    /** What was seen, for people; empty if the host never had a session. */
    Optional<Seen> seen() {
        lock.lock();
        try {
            if (lastSeen.equals(Instant.EPOCH)) {
                return Optional.empty();
            }
            return Optional.of(
                    new Seen(
                            peerAddress,
                            reportedAddresses,
                            session != null,
                            lastSeen,
                            agent.version(),
                            warnings()));
        } finally {
            lock.unlock();
        }
    }

    private List<String> warnings() {
        var warnings = new ArrayList<String>();
        Duration off = clockOffset.abs();
        if (off.compareTo(Duration.ofMillis(500)) > 0) {
            warnings.add("its clock is off by " + clockOffset.toMillis() + " ms");
        }
        return warnings;
    }

    /** The highest epoch that the agent had obeyed as it connected; as it says. */
    long highestEpoch() {
        lock.lock();
        try {
            return highestEpoch;
        } finally {
            lock.unlock();
        }
    }

    /** What is known of the agent's build. */
    AgentState agent() {
        lock.lock();
        try {
            return agent;
        } finally {
            lock.unlock();
        }
    }

    void agent(UnaryOperator<AgentState> change) {
        lock.lock();
        try {
            agent = change.apply(agent);
        } finally {
            lock.unlock();
        }
    }

    /** Of the host, as its newest session said. */
    String arch() {
        lock.lock();
        try {
            return arch;
        } finally {
            lock.unlock();
        }
    }

    /** What a plan is told of the connection. */
    Connection connection() {
        lock.lock();
        try {
            return new Connection(
                    peerAddress,
                    session != null,
                    Optional.ofNullable(observed).map(Observed::observation),
                    observed == null
                            ? Duration.ZERO
                            : Duration.ofNanos(System.nanoTime() - observed.atNanos()),
                    clockOffset);
        } finally {
            lock.unlock();
        }
    }

    record Connection(
            String peerAddress,
            boolean connected,
            Optional<Observation> observation,
            Duration age,
            Duration clockOffset) {}
}
