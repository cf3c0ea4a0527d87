package io.davit.agent.session;

import io.davit.agent.identity.HostIdentity;
import io.davit.agent.link.Address;
import io.davit.agent.link.Backoff;
import io.davit.agent.link.ControllerChannels;
import io.davit.agent.link.ControllerTrust;
import io.davit.agent.link.Failures;
import io.davit.agent.link.Waits;
import io.davit.agent.step.Engine;
import io.davit.agent.upgrade.SelfUpgrade;
import io.davit.common.Names;
import io.davit.common.Secret;
import io.davit.proto.agent.v1.AgentGatewayGrpc;
import io.davit.proto.agent.v1.ControllerMessage;
import io.davit.proto.agent.v1.Hello;
import io.davit.proto.agent.v1.HostFacts;
import io.davit.proto.agent.v1.Protocol;
import io.davit.proto.agent.v1.Welcome;
import io.grpc.ManagedChannel;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds a session with the controller for as long as the agent runs.
 *
 * <p>1. Dial with this host's identity; trust only its bundle. 2. Hello, Welcome: epoch and
 * inventory key go to the engine, results that nobody acknowledged go out again. 3. Answer, until
 * the stream ends. 4. Say why, wait with backoff, dial again. The engine goes on meanwhile.
 */
public final class Session implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Session.class);
    private static final Duration UNTIL_WELCOME = Duration.ofSeconds(20);
    private static final Duration HELD = Duration.ofSeconds(30);
    private static final Duration REFUSED_PAUSE = Duration.ofSeconds(30);
    private static final Duration OBSERVATION_PAUSE = Duration.ofSeconds(2);
    private static final int INVENTORY_KEY_BYTES = 32;

    /** Empty of a controller that knows none. */
    private static final Pattern REIGN_ID = Pattern.compile("|[0-9a-f]{32}");

    private final Address controller;
    private final ControllerChannels channels;
    private final ControllerLink link;
    private final Engine engine;
    private final SelfUpgrade upgrade;
    private final Supplier<HostFacts> facts;
    private final String agentVersion;
    private final String runId;
    private final InstantSource clock;
    private final Waits waits;
    private final RandomGenerator random;
    private final Requests requests;

    /**
     * @param facts what the host says about itself, read anew for each Hello
     * @param runId new at each start of the process
     */
    public Session(
            Address controller,
            ControllerChannels channels,
            ControllerLink link,
            Engine engine,
            SelfUpgrade upgrade,
            Supplier<HostFacts> facts,
            String agentVersion,
            String runId,
            InstantSource clock,
            Waits waits,
            RandomGenerator random) {
        this.controller = controller;
        this.channels = channels;
        this.link = link;
        this.engine = engine;
        this.upgrade = upgrade;
        this.facts = facts;
        this.agentVersion = agentVersion;
        this.runId = runId;
        this.clock = clock;
        this.waits = waits;
        this.random = random;
        this.requests = new Requests(engine, link.certificates(), upgrade, link::connection);
    }

    /**
     * Keeps dialling with this identity. Returns when the controller refuses it and somebody has
     * provided for a new enrolment, else only by interruption.
     *
     * @param welcomed hears of each Welcome
     * @param reenrol whether a token lies ready that did not bring this identity
     */
    public void hold(
            HostIdentity identity, Consumer<HostIdentity> welcomed, BooleanSupplier reenrol)
            throws InterruptedException {
        var backoff = new Backoff(random);
        Thread reporter = Thread.ofVirtual().name("observation").start(this::reportChanges);
        try {
            while (true) {
                identity.whyNotValid(clock.instant()).ifPresent(why -> LOG.warn("{}", why));
                var began = new AtomicReference<Optional<Long>>(Optional.empty());
                Throwable failure =
                        dial(
                                identity,
                                newest -> {
                                    began.set(Optional.of(waits.nanoTime()));
                                    welcomed.accept(newest);
                                });
                // A dial that hangs is no session, however long it does.
                if (began.get().filter(at -> waits.nanoTime() - at > HELD.toNanos()).isPresent()) {
                    backoff.reset();
                }
                Duration pause = backoff.next();
                if (Failures.refusedByName(failure)) {
                    if (reenrol.getAsBoolean()) {
                        LOG.warn(
                                "the controller refuses {}: {}; a new token is there, enrolling"
                                        + " anew",
                                identity,
                                Failures.why(failure));
                        return;
                    }
                    pause = pause.plus(REFUSED_PAUSE);
                }
                LOG.warn(
                        "no session with the controller at {}: {}; attempt {}, the next in {} s",
                        controller,
                        Failures.why(failure),
                        backoff.failures(),
                        pause.toMillis() / 1000.0);
                waits.sleep(pause);
            }
        } finally {
            reporter.interrupt();
        }
    }

    private Throwable dial(HostIdentity identity, Consumer<HostIdentity> welcomed)
            throws InterruptedException {
        ManagedChannel channel;
        Hello hello;
        try {
            hello = hello();
            channel =
                    channels.identified(
                            controller,
                            ControllerTrust.bundle(identity.bundle(), clock),
                            identity.key(),
                            identity.chain());
        } catch (SSLException | RuntimeException e) {
            return e;
        }
        var connection =
                new Connection(
                        hello,
                        engine,
                        new Guide(identity, channel, welcomed),
                        waits,
                        clock,
                        random);
        try {
            AgentGatewayGrpc.newStub(channel).session(connection);
            return connection.awaitEnd(UNTIL_WELCOME);
        } finally {
            link.detach();
            connection.end("the session is over");
            ControllerChannels.end(channel);
        }
    }

    private Hello hello() {
        var own = upgrade.standing();
        var hello =
                Hello.newBuilder()
                        .setProtocolVersion(Protocol.PROTOCOL_CURRENT_VALUE)
                        .setAgentVersion(agentVersion)
                        .setFacts(facts.get())
                        .setHighestEpoch(engine.highestEpoch())
                        .setReignId(engine.reignId())
                        .setAgentRunId(runId)
                        .setBuild(own.build())
                        .setOnTrial(own.onTrial());
        own.last().ifPresent(hello::setLastUpgrade);
        return hello.build();
    }

    /** What happens on one connection. */
    private final class Guide implements Connection.Events {

        private final HostIdentity identity;
        private final ManagedChannel channel;
        private final Consumer<HostIdentity> welcomed;

        Guide(HostIdentity identity, ManagedChannel channel, Consumer<HostIdentity> welcomed) {
            this.identity = identity;
            this.channel = channel;
            this.welcomed = welcomed;
        }

        @Override
        public void welcomed(Connection connection, Welcome welcome) {
            if (!welcome.getHostId().equals(identity.hostId().value())) {
                throw new IllegalArgumentException(
                        "it welcomes host %s, and this is %s"
                                .formatted(Names.printable(welcome.getHostId()), identity));
            }
            if (welcome.getInventoryKey().size() != INVENTORY_KEY_BYTES) {
                throw new IllegalArgumentException("its inventory key is not 32 bytes long");
            }
            if (!REIGN_ID.matcher(welcome.getReignId()).matches()) {
                throw new IllegalArgumentException("its reign id is not 32 hex digits");
            }
            engine.epoch(welcome.getEpoch(), welcome.getReignId())
                    .ifPresent(why -> {
                        throw new IllegalArgumentException(why);
                    });
            engine.inventoryKey(Secret.of(welcome.getInventoryKey().toByteArray()));
            LOG.info(
                    "session with the controller at {} (version {}, epoch {}) as {}",
                    controller,
                    Names.printable(welcome.getControllerVersion()),
                    welcome.getEpoch(),
                    identity);
            link.attach(connection, channel);
            link.certificates().open().forEach(connection::answer);
            welcomed.accept(identity);
        }

        @Override
        public void received(Connection connection, ControllerMessage message) {
            requests.handle(connection, message);
        }
    }

    /** After changes, an observation that nobody asked for; several changes make one. */
    private void reportChanges() {
        try {
            while (true) {
                link.awaitChange();
                waits.sleep(OBSERVATION_PAUSE);
                link.forgetChanges();
                report();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void report() {
        try {
            var connection = link.connection();
            if (connection.isPresent()) {
                Messages.observation(0, engine.observe()).forEach(connection.get()::answer);
            }
        } catch (RuntimeException e) {
            LOG.error("cannot observe after a change", e);
        }
    }

    @Override
    public void close() {
        requests.close();
    }
}
