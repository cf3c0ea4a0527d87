package io.davit.controller.serve;

import io.davit.controller.access.AccessTable;
import io.davit.controller.access.Gate;
import io.davit.controller.access.Operators;
import io.davit.controller.access.PeerClass;
import io.davit.controller.agentlink.AgentGatewayService;
import io.davit.controller.agentlink.SessionTiming;
import io.davit.controller.backup.RestoredMark;
import io.davit.controller.enroll.EnrollmentService;
import io.davit.controller.enroll.HostsService;
import io.davit.controller.enroll.TokensService;
import io.davit.controller.metrics.MonitoringPages;
import io.davit.controller.pki.ControllerCertificate;
import io.grpc.BindableService;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerTransportFilter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running controller: builds the graph in start order, and takes it down in the opposite one.
 * Listeners come last, the agents' listener last of all: nobody is served by half a controller.
 */
public final class ServeWiring implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ServeWiring.class);

    private final Deque<Part> parts = new ArrayDeque<>();
    private final AccessTable table = new AccessTable();
    private int agentsPort;
    private int enrolmentPort;
    private int operatorsPort;
    private int monitoringPort;

    /** Something to take down. */
    private record Part(String name, AutoCloseable closing) {}

    private ServeWiring() {}

    /**
     * Starts a controller.
     *
     * @param engine makes what plans and executes, once the foundation stands
     * @throws IOException if the state cannot be used or an address not be listened on
     */
    public static ServeWiring start(ServerConfig config, Function<Foundation, Engine> engine)
            throws IOException {
        return start(config, engine, SessionTiming.usual(), Clock.systemUTC(), new SecureRandom());
    }

    /** The same with another beat and clock. */
    static ServeWiring start(
            ServerConfig config,
            Function<Foundation, Engine> engine,
            SessionTiming timing,
            Clock clock,
            SecureRandom random)
            throws IOException {
        var wiring = new ServeWiring();
        try {
            wiring.build(config, engine, timing, clock, random);
            return wiring;
        } catch (IOException | RuntimeException failure) {
            wiring.close();
            throw failure;
        }
    }

    private void build(
            ServerConfig config,
            Function<Foundation, Engine> makeEngine,
            SessionTiming timing,
            Clock clock,
            SecureRandom random)
            throws IOException {
        Foundation foundation = part("state", Foundation.open(config, timing, clock, random));
        ScheduledExecutorService timer =
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().name("timer").daemon().factory());
        part("timer", timer::shutdownNow);

        var certificate =
                new ControllerCertificate(foundation.pki(), config.names(), clock, random);
        timer.scheduleWithFixedDelay(
                () -> quietly("renew the certificate", certificate::renewIfDue),
                1,
                1,
                TimeUnit.HOURS);

        Engine engine = makeEngine.apply(foundation);
        part("engine", engine.stop()::run);
        timer.scheduleWithFixedDelay(
                () -> quietly("end silent sessions", foundation.agents()::endSilent),
                1,
                1,
                TimeUnit.SECONDS);

        operatorsPort = listenToOperators(foundation, engine, certificate, timer);
        listenOnSocket(foundation, timer);
        enrolmentPort = listenToNewcomers(foundation, certificate, timer);
        monitoringPort = listenToPrometheus(foundation, engine, certificate);
        agentsPort = listenToAgents(foundation, engine, certificate, timer);
        LOG.info(
                "serving agents on {}, enrolment on {}, operators on {}, monitoring on {}; epoch"
                        + " {}",
                agentsPort,
                enrolmentPort,
                operatorsPort,
                monitoringPort,
                foundation.epoch());
        foundation.restored().ifPresent(mark -> LOG.warn("adopt mode: {}", mark.why()));
    }

    private int listenToAgents(
            Foundation base,
            Engine engine,
            ControllerCertificate certificate,
            ScheduledExecutorService timer)
            throws IOException {
        var gateway =
                new AgentGatewayService(
                        base.agents(),
                        engine.desk(),
                        engine.gate(),
                        engine.files(),
                        engine.blobs(),
                        base.clock());
        ListenerLimits limits = ListenerLimits.agents(base.config().connectionsPerAddress());
        GrpcListener listener =
                part(
                        "agents' listener",
                        GrpcListener.onAddress(
                                base.config().agents(),
                                Tls.mutual(certificate, base.pki().agentIssuer()),
                                offer(base, PeerClass.AGENT, List.of(gateway), timer),
                                limits,
                                new AddressAdmission(limits, base.clock())));
        part("sessions", () -> base.agents().endAll("the controller is stopping"));
        return listener.port();
    }

    private int listenToNewcomers(
            Foundation base, ControllerCertificate certificate, ScheduledExecutorService timer)
            throws IOException {
        var enrolment =
                new EnrollmentService(
                        base.changes(),
                        base.pki(),
                        base.agents(),
                        base.epoch(),
                        base.config().enrolmentsPerSecond(),
                        base.clock(),
                        base.random());
        ListenerLimits limits = ListenerLimits.enrolment(base.config().connectionsPerAddress());
        GrpcListener.Offer offer =
                offer(
                        base,
                        PeerClass.ENROLLING,
                        List.of(enrolment),
                        timer,
                        Optional.of(enrolment.connectionFilter()),
                        List.of(enrolment.connectionInterceptor()));
        return part(
                        "enrolment listener",
                        GrpcListener.onAddress(
                                base.config().enrolment(),
                                Tls.serverOnly(certificate),
                                offer,
                                limits,
                                new AddressAdmission(limits, base.clock())))
                .port();
    }

    private int listenToOperators(
            Foundation base,
            Engine engine,
            ControllerCertificate certificate,
            ScheduledExecutorService timer)
            throws IOException {
        var services = new ArrayList<BindableService>();
        services.add(new ControllerService(base.epoch(), base.clock(), engine.versions()));
        services.add(new HostsService(base.hosts(), base.agents()));
        services.add(
                new TokensService(
                        base.changes(), base.records(), base.pki(), base.clock(), base.random()));
        services.addAll(engine.operatorServices());
        ListenerLimits limits = ListenerLimits.operators(base.config().connectionsPerAddress());
        return part(
                        "operators' listener",
                        GrpcListener.onAddress(
                                base.config().operators(),
                                Tls.mutual(certificate, base.pki().operatorIssuer()),
                                offer(base, PeerClass.OPERATOR, services, timer),
                                limits,
                                new AddressAdmission(limits, base.clock())))
                .port();
    }

    private int listenToPrometheus(
            Foundation base, Engine engine, ControllerCertificate certificate) throws IOException {
        ListenerLimits limits = ListenerLimits.monitoring();
        return part(
                        "monitoring listener",
                        new MonitoringListener(
                                base.config().monitoring(),
                                Tls.http(certificate),
                                new MonitoringPages(
                                        new WholeFleet(base, engine.clusters(), certificate),
                                        base.clock()),
                                new MonitoringToken(base.config().monitoringToken()),
                                limits,
                                new AddressAdmission(limits, base.clock())))
                .port();
    }

    private void listenOnSocket(Foundation base, ScheduledExecutorService timer)
            throws IOException {
        Path socket = base.config().socket();
        prepareDirectory(socket);
        var local =
                new LocalService(
                        new Operators(base.changes(), base.pki(), base.clock(), base.random()),
                        base.pki(),
                        base.agents(),
                        base.agentPackages(),
                        base.epoch(),
                        base.restored().isPresent() ? "adopting" : "serving",
                        base.config().names().first() + ":" + operatorsPort);
        part(
                "admin socket",
                GrpcListener.onSocket(
                        socket,
                        offer(base, PeerClass.LOCAL, List.of(local), timer),
                        ListenerLimits.socket()));
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
    }

    /** The directory is for its owner alone; a socket that a dead controller left is removed. */
    private static void prepareDirectory(Path socket) throws IOException {
        Path directory = socket.getParent();
        if (directory == null) {
            throw new IOException("cannot listen on " + socket + ": it has no directory");
        }
        var ownerOnly = PosixFilePermissions.fromString("rwx------");
        if (!Files.exists(directory)) {
            Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(ownerOnly));
        }
        if (!ownerOnly.containsAll(Files.getPosixFilePermissions(directory))) {
            throw new IOException(
                    "cannot listen on %s: directory %s is open to others; chmod 0700 it"
                            .formatted(socket, directory));
        }
        Files.deleteIfExists(socket);
    }

    private GrpcListener.Offer offer(
            Foundation base,
            PeerClass peers,
            List<? extends BindableService> services,
            ScheduledExecutorService timer) {
        return offer(base, peers, services, timer, Optional.empty(), List.of());
    }

    private GrpcListener.Offer offer(
            Foundation base,
            PeerClass peers,
            List<? extends BindableService> services,
            ScheduledExecutorService timer,
            Optional<ServerTransportFilter> filter,
            List<ServerInterceptor> afterGate) {
        List<ServerServiceDefinition> definitions = GrpcListener.Offer.definitions(services);
        table.requireRows(peers, definitions);
        var interceptors = new ArrayList<ServerInterceptor>();
        interceptors.add(
                new Gate(
                        peers,
                        table,
                        new StoredStandings(base.records(), base.strangers()),
                        base.changes(),
                        timer,
                        base.restored().map(RestoredMark::why)));
        interceptors.addAll(afterGate);
        return new GrpcListener.Offer(definitions, interceptors, filter);
    }

    private <T extends AutoCloseable> T part(String name, T closing) {
        parts.push(new Part(name, closing));
        return closing;
    }

    private static void quietly(String what, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            LOG.error("cannot {}", what, e);
        }
    }

    /** Where agents connect. */
    public int agentsPort() {
        return agentsPort;
    }

    /** Where new machines enrol. */
    public int enrolmentPort() {
        return enrolmentPort;
    }

    /** Where Prometheus connects. */
    public int monitoringPort() {
        return monitoringPort;
    }

    /** Where operators connect. */
    public int operatorsPort() {
        return operatorsPort;
    }

    @Override
    public void close() {
        while (!parts.isEmpty()) {
            Part part = parts.pop();
            try {
                part.closing().close();
            } catch (Exception e) {
                LOG.error("cannot stop {}", part.name(), e);
            }
        }
    }
}
