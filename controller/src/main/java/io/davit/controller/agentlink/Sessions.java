package io.davit.controller.agentlink;

import com.google.protobuf.ByteString;
import io.davit.common.Digests;
import io.davit.common.HostId;
import io.davit.common.Secret;
import io.davit.controller.enroll.Hosts;
import io.davit.controller.health.EventLog;
import io.davit.controller.health.HealthReports;
import io.davit.controller.health.HostHealth;
import io.davit.controller.observe.Observation;
import io.davit.proto.agent.v1.Hello;
import io.davit.proto.agent.v1.Protocol;
import io.davit.proto.agent.v1.UpgradeProgress;
import io.davit.proto.agent.v1.Welcome;
import io.grpc.Status;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who holds which host's session: at most one each.
 *
 * <p>When a connection claims a host that has a session already:
 *
 * <ol>
 *   <li>the same agent process (its run id) comes again: the older connection is dead, it is
 *       replaced;
 *   <li>otherwise the holder has a little more than one heartbeat's time to show a sign of life: if
 *       it does, there are two, and the newcomer is refused as POSSIBLE_CLONE;
 *   <li>if it does not, it is replaced.
 * </ol>
 */
final class Sessions {

    private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);

    private final Epoch epoch;
    private final String version;
    private final Secret inventoryMaster;
    private final Hosts hosts;
    private final SessionTiming timing;
    private final Clock clock;
    private final HealthReports health;
    private final EventLog events;
    private final Map<HostId, HostLink> links = new ConcurrentHashMap<>();

    /** Streams that have not said Hello yet. */
    private final Set<AgentSession> unheard = ConcurrentHashMap.newKeySet();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition connected = lock.newCondition();

    Sessions(
            Epoch epoch,
            String version,
            Secret inventoryMaster,
            Hosts hosts,
            SessionTiming timing,
            HealthReports health,
            EventLog events,
            Clock clock) {
        this.epoch = epoch;
        this.version = version;
        this.inventoryMaster = inventoryMaster;
        this.hosts = hosts;
        this.timing = timing;
        this.health = health;
        this.events = events;
        this.clock = clock;
    }

    /** The key of a host's secret slots' digests. */
    static Secret inventoryKey(Secret master, HostId host) {
        return Secret.of(
                Digests.hmac(
                        master,
                        ("davit-inventory-1\n" + host).getBytes(StandardCharsets.US_ASCII)));
    }

    /** Of this reign. */
    Epoch epoch() {
        return epoch;
    }

    Optional<HostLink> find(HostId host) {
        return Optional.ofNullable(links.get(host));
    }

    private HostLink link(HostId host) {
        return links.computeIfAbsent(host, HostLink::new);
    }

    /** A stream is there; its Hello is expected soon. */
    void opened(AgentSession session) {
        unheard.add(session);
    }

    void admit(AgentSession session, Hello hello) {
        unheard.remove(session);
        if (hello.getProtocolVersion() != Protocol.PROTOCOL_CURRENT_VALUE) {
            session.end(
                    Status.FAILED_PRECONDITION,
                    "the agent speaks protocol %d, this controller %d; install the agent of this version"
                            .formatted(
                                    hello.getProtocolVersion(), Protocol.PROTOCOL_CURRENT_VALUE));
            return;
        }
        try {
            if (!claim(session, hello)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            session.end(Status.UNAVAILABLE, "the controller is stopping");
            return;
        }
        if (!epoch.onlyLooks() && hello.getHighestEpoch() > epoch.number()) {
            LOG.error(
                    "host {} has obeyed epoch {}, this controller's is {}: was an older state"
                            + " restored? The host will refuse all work",
                    session.host(),
                    hello.getHighestEpoch(),
                    epoch.number());
        }
        if (hello.getHighestEpoch() == epoch.number()
                && !hello.getReignId().isEmpty()
                && !hello.getReignId().equals(epoch.id())) {
            LOG.error(
                    "host {} has obeyed epoch {} of another controller: were two started from one"
                            + " state? The host will end its session; stop one of them and restart"
                            + " the other",
                    session.host(),
                    epoch.number());
        }
        session.hold(welcome(session.host()));
        events.add(
                session.host(),
                EventLog.Kind.HOST_UP,
                "",
                "its agent has a session, from " + session.peerAddress());
        LOG.info(
                "session of host {} from {} (agent {})",
                session.host(),
                session.peerAddress(),
                FromWire.text(hello.getAgentVersion()));
        tellConnected();
    }

    private boolean claim(AgentSession session, Hello hello) throws InterruptedException {
        HostLink link = link(session.host());
        while (!session.cancelled()) {
            Optional<AgentSession> holder = link.session();
            if (holder.isPresent() && !yields(holder.get(), session)) {
                return false;
            }
            if (link.replace(holder, session, FromWire.facts(hello.getFacts()), hello)) {
                // once more now that the session can be found: whoever removes the host from here
                // on ends it
                if (!isActive(session.host())) {
                    session.end(Status.PERMISSION_DENIED, "the host was removed");
                    return false;
                }
                link.sign(clock.instant());
                holder.ifPresent(old -> old.end(Status.ABORTED, "replaced by a newer connection"));
                return true;
            }
        }
        session.end(Status.CANCELLED, "the agent closed its connection");
        return false;
    }

    boolean isActive(HostId host) {
        return hosts.find(host).map(found -> found.state().mayConnect()).orElse(false);
    }

    private boolean yields(AgentSession holder, AgentSession newcomer) throws InterruptedException {
        if (holder.runId().equals(newcomer.runId())) {
            return true;
        }
        return switch (holder.awaitSign(timing.answer())) {
            case SILENT, ENDED -> true;
            case ALIVE -> {
                String warning =
                        "POSSIBLE_CLONE: agents at %s and %s have the same identity"
                                .formatted(holder.peerAddress(), newcomer.peerAddress());
                LOG.warn("host {}: {}", holder.host(), warning);
                hosts.warn(holder.host(), warning);
                newcomer.end(
                        Status.ALREADY_EXISTS,
                        "POSSIBLE_CLONE: host %s has a live session from %s; if this machine is a copy, give it an identity of its own"
                                .formatted(holder.host(), holder.peerAddress()));
                yield false;
            }
        };
    }

    private Welcome welcome(HostId host) {
        return Welcome.newBuilder()
                .setEpoch(epoch.number())
                .setReignId(epoch.id())
                .setControllerVersion(version)
                .setHeartbeatInterval(ToWire.duration(timing.heartbeat()))
                .setInventoryKey(ByteString.copyFrom(inventoryKey(inventoryMaster, host).reveal()))
                .setHostId(host.value())
                .build();
    }

    void sign(HostId host) {
        link(host).sign(clock.instant());
    }

    void heartbeat(HostId host, Duration clockOffset) {
        link(host).clock(clockOffset);
    }

    void observed(HostId host, Observation observation) {
        link(host).observed(observation);
    }

    void upgrade(HostId host, UpgradeProgress progress) {
        link(host).agent(agent -> agent.told(progress));
    }

    void health(HostId host, HostHealth report) {
        health.received(host, report);
    }

    void left(AgentSession session, String why) {
        unheard.remove(session);
        if (link(session.host()).leave(session)) {
            events.add(session.host(), EventLog.Kind.HOST_DOWN, "", why);
        }
    }

    /** Ends the sessions of agents that went silent, or never said Hello. */
    void endSilent() {
        for (AgentSession session : unheard) {
            if (session.silence().compareTo(timing.hello()) > 0) {
                unheard.remove(session); // also where it had ended before it was told of here
                session.end(
                        Status.DEADLINE_EXCEEDED,
                        "no Hello came within " + timing.hello().toSeconds() + " s");
            }
        }
        for (HostLink link : links.values()) {
            link.session()
                    .filter(session -> session.silence().compareTo(timing.away()) > 0)
                    .ifPresent(session ->
                            session.end(
                                    Status.DEADLINE_EXCEEDED,
                                    "no sign of the agent for "
                                            + timing.away().toSeconds()
                                            + " s"));
        }
    }

    void endAll(String why) {
        unheard.forEach(session -> session.end(Status.UNAVAILABLE, why));
        links.values()
                .forEach(link ->
                        link.session().ifPresent(session -> session.end(Status.UNAVAILABLE, why)));
    }

    /** The host that has a session from this address. */
    Optional<HostId> from(String address) {
        return links.entrySet().stream()
                .filter(entry -> entry.getValue().session().isPresent())
                .filter(entry -> entry.getValue().connection().peerAddress().equals(address))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    int count() {
        return (int) links.values().stream().filter(link -> link.session().isPresent()).count();
    }

    private void tellConnected() {
        lock.lock();
        try {
            connected.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean awaitConnected(HostId host, Duration deadline) throws InterruptedException {
        lock.lock();
        try {
            long left = deadline.toNanos();
            while (find(host).flatMap(HostLink::session).isEmpty()) {
                if (left <= 0) {
                    return false;
                }
                left = connected.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }
}
