package io.davit.controller.agentlink;

import io.davit.common.HostId;
import io.davit.common.Secret;
import io.davit.controller.enroll.HostRecord;
import io.davit.controller.enroll.HostState;
import io.davit.controller.enroll.Hosts;
import io.davit.controller.enroll.LiveHosts;
import io.davit.controller.enroll.Place;
import io.davit.controller.health.EventLog;
import io.davit.controller.health.HealthReports;
import io.davit.controller.observe.ObservedHost;
import io.davit.controller.plan.ProbeCall;
import io.davit.proto.agent.v1.ProbeRequest;
import io.grpc.Status;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The hosts over their agents' streams. */
public final class GrpcAgents implements Agents, AgentBuilds, LiveHosts {

    /** What a batch may take longer than the deadlines of its steps together. */
    private static final Duration SLACK = Duration.ofSeconds(60);

    private final EventLog events;
    private final HealthReports health;
    private final Sessions sessions;
    private final Transfers transfers = new Transfers();
    private final Hosts hosts;
    private final String version;

    /**
     * The hosts of one reign.
     *
     * @param inventoryMaster from which each host's inventory key is derived
     */
    public GrpcAgents(
            Epoch epoch,
            String version,
            Secret inventoryMaster,
            Hosts hosts,
            SessionTiming timing,
            Clock clock) {
        this.events = new EventLog(clock);
        this.health = new HealthReports(events);
        this.sessions =
                new Sessions(epoch, version, inventoryMaster, hosts, timing, health, events, clock);
        this.hosts = hosts;
        this.version = version;
    }

    /** The key of a host's digests of secret slots, derived from the master. */
    public static Secret inventoryKey(Secret master, HostId host) {
        return Sessions.inventoryKey(master, host);
    }

    /** What the hosts reported of their health. */
    public HealthReports health() {
        return health;
    }

    /** What happened to the hosts. */
    public EventLog events() {
        return events;
    }

    Sessions sessions() {
        return sessions;
    }

    Transfers transfers() {
        return transfers;
    }

    /**
     * Asked once more now that the transfer can be found: whoever removes the host from here on
     * ends it.
     */
    void endTransfersIfRemoved(HostId host) {
        if (!sessions.isActive(host)) {
            transfers.end(host, "the host was removed");
        }
    }

    /** Ends the sessions of agents that went silent; to be called every second or so. */
    public void endSilent() {
        sessions.endSilent();
    }

    /** Ends all sessions; agents come again by themselves. */
    public void endAll(String why) {
        sessions.endAll(why);
    }

    /** How many hosts have a session now. */
    public int connected() {
        return sessions.count();
    }

    /**
     * The highest epoch that the agent of a connected host had obeyed, as it says itself: a lie is
     * possible. Empty while the host is away.
     */
    public OptionalLong highestEpoch(HostId host) {
        return sessions.find(host)
                .filter(link -> link.session().isPresent())
                .map(link -> OptionalLong.of(link.highestEpoch()))
                .orElseGet(OptionalLong::empty);
    }

    @Override
    public Optional<HostId> connectedFrom(String address) {
        return sessions.from(address);
    }

    @Override
    public List<ObservedHost> hosts() {
        return hosts.all().stream()
                .filter(host -> host.state() != HostState.BANNED)
                .map(this::observed)
                .toList();
    }

    private ObservedHost observed(HostRecord host) {
        HostId id = new HostId(host.id());
        Optional<HostLink.Connection> connection = sessions.find(id).map(HostLink::connection);
        return new ObservedHost(
                id,
                connection
                        .map(HostLink.Connection::peerAddress)
                        .orElse(host.state() == HostState.PENDING ? host.enrolledFrom() : ""),
                connection.map(HostLink.Connection::connected).orElse(false),
                connection.flatMap(HostLink.Connection::observation),
                connection.map(HostLink.Connection::age).orElse(Duration.ZERO),
                connection.map(HostLink.Connection::clockOffset).orElse(Duration.ZERO),
                new ObservedHost.Standing(
                        host.state() == HostState.ACTIVE,
                        hosts.place(id).map(Place::cluster).orElse(""),
                        Set.copyOf(host.allowedRoles()),
                        host.allowedCluster(),
                        host.fingerprintWords(),
                        sessions.find(id).flatMap(this::tooFar).orElse(""),
                        host.state() == HostState.RETIRED));
    }

    /** Why an agent gets no steps, if it gets none. */
    private Optional<String> tooFar(HostLink link) {
        return Skew.tooFar(link.agent().version(), version);
    }

    private AgentSession sessionForSteps(HostId host) throws HostAwayException {
        var why = sessions.find(host).flatMap(this::tooFar);
        if (why.isPresent()) {
            throw new HostAwayException(host, why.get());
        }
        return session(host);
    }

    private AgentSession session(HostId host) throws HostAwayException {
        return sessions.find(host)
                .flatMap(HostLink::session)
                .orElseThrow(() -> new HostAwayException(host, "it has no session"));
    }

    @Override
    public ObservedHost observe(HostId host, Duration deadline)
            throws HostAwayException, InterruptedException {
        session(host).observe(deadline);
        return observed(
                hosts.find(host).orElseThrow(() -> new HostAwayException(host, "it is not known")));
    }

    @Override
    public List<CheckResult> check(HostId host, List<Command> commands, Duration deadline)
            throws HostAwayException, InterruptedException {
        var refused = refuses(host, commands);
        if (refused.isPresent()) {
            throw new HostAwayException(host, refused.get());
        }
        return sessionForSteps(host).check(commands, deadline).getResultsList().stream()
                .map(FromWire::check)
                .toList();
    }

    @Override
    public BatchEnd execute(HostId host, Batch batch, BatchListener listener)
            throws InterruptedException {
        var refused = refuses(host, batch.commands());
        if (refused.isPresent()) {
            return new BatchEnd.Refused(
                    "retired",
                    refused.get(),
                    batch.commands().stream().map(Command::stepId).toList());
        }
        AgentSession session;
        try {
            session = sessionForSteps(host);
        } catch (HostAwayException away) {
            return new BatchEnd.ContactLost(String.valueOf(away.getMessage()));
        }
        var running = new RunningBatch(batch, listener);
        try {
            session.execute(batch, running);
            return running.end().get(longest(batch).toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            session.cancel(batch.operationId());
            return new BatchEnd.ContactLost(
                    "the agent has not told the end of the batch within " + longest(batch));
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot follow a batch", e);
        } finally {
            session.forget(running);
        }
    }

    private Optional<String> refuses(HostId host, List<Command> commands) {
        boolean retired =
                hosts.find(host).filter(it -> it.state() == HostState.RETIRED).isPresent();
        return retired ? RetiredHost.refuses(host, commands) : Optional.empty();
    }

    private static Duration longest(Batch batch) {
        return batch.commands().stream()
                .map(Command::deadline)
                .reduce(Duration.ZERO, Duration::plus)
                .plus(SLACK);
    }

    @Override
    public ProbeReading probe(HostId host, String role, ProbeCall probe, Duration deadline)
            throws HostAwayException, InterruptedException {
        var question =
                ProbeRequest.newBuilder()
                        .setRole(role)
                        .setCall(ToWire.probe(probe))
                        .setDeadline(ToWire.duration(deadline));
        // the agent's own deadline first, so that it can say what it was waiting for
        return FromWire.probe(session(host).probe(question, deadline.plusSeconds(2)).getReading());
    }

    @Override
    public void cancel(HostId host, String operationId) {
        sessions.find(host)
                .flatMap(HostLink::session)
                .ifPresent(session -> session.cancel(operationId));
    }

    @Override
    public boolean awaitConnected(HostId host, Duration deadline) throws InterruptedException {
        return sessions.awaitConnected(host, deadline);
    }

    @Override
    public Optional<Seen> seen(HostId host) {
        return sessions.find(host).flatMap(HostLink::seen);
    }

    @Override
    public Optional<RunningAgent> agent(HostId host) {
        return sessions.find(host)
                .filter(link -> !link.agent().equals(AgentState.UNKNOWN))
                .map(link -> running(host, link));
    }

    private RunningAgent running(HostId host, HostLink link) {
        AgentState agent = link.agent();
        Duration held = Duration.ofNanos(System.nanoTime() - agent.sinceNanos());
        return new RunningAgent(
                link.session().isPresent(),
                agent.version(),
                agent.build(),
                agent.onTrial(),
                link.arch(),
                agent.last(),
                agent.progress(),
                health.find(host)
                        .filter(report -> report.age().compareTo(held) < 0)
                        .map(report -> report.health().wellProbes()));
    }

    @Override
    public boolean order(HostId host, Order order) {
        var link = sessions.find(host);
        var session = link.flatMap(HostLink::session);
        if (session.isEmpty()) {
            return false;
        }
        link.get().agent(AgentState::ordered);
        session.get().upgrade(order);
        return true;
    }

    @Override
    public void commit(HostId host, String build) {
        sessions.find(host).flatMap(HostLink::session).ifPresent(session -> session.commit(build));
    }

    @Override
    public void end(HostId host, String why) {
        sessions.find(host)
                .flatMap(HostLink::session)
                .ifPresent(session -> session.end(Status.PERMISSION_DENIED, why));
        transfers.end(host, why);
        health.forget(host);
    }
}
