package io.davit.agent.main;

import io.davit.agent.enroll.Enroller;
import io.davit.agent.enroll.TokenSource;
import io.davit.agent.health.HealthMonitor;
import io.davit.agent.identity.HostIdentity;
import io.davit.agent.identity.IdentityStore;
import io.davit.agent.identity.Machine;
import io.davit.agent.journal.Journal;
import io.davit.agent.link.ControllerChannels;
import io.davit.agent.link.Waits;
import io.davit.agent.observe.FactsReader;
import io.davit.agent.profile.Catalogue;
import io.davit.agent.session.ControllerLink;
import io.davit.agent.session.Session;
import io.davit.agent.step.Engine;
import io.davit.agent.system.HostSystem;
import io.davit.agent.upgrade.AgentUpgrade;
import io.davit.agent.upgrade.OwnBuild;
import io.davit.common.FingerprintWords;
import io.davit.proto.agent.v1.HostFacts;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The program davit-agent: puts the parts together in the order in which they start. */
public final class AgentMain {

    private static final Logger LOG = LoggerFactory.getLogger(AgentMain.class);
    private static final Path STATE = CommandLine.DEFAULT_STATE;
    private static final Path HOME = Path.of("/opt/davit/agent");
    private static final Duration STOP_DEADLINE = Duration.ofSeconds(20);

    // As in sysexits(3).
    private static final int USAGE = 64;
    private static final int CANNOT_WORK = 71;
    private static final int CONFIGURATION = 78;

    private AgentMain() {}

    public static void main(String[] arguments) {
        System.exit(
                switch (CommandLine.parse(List.of(arguments))) {
                    case CommandLine.Run(Path config, Path state) -> run(config, state);
                    case CommandLine.Doctor asked -> HostLook.show(asked, version(), System.out);
                    case CommandLine.ResetEpoch() -> resetEpoch();
                    case CommandLine.Fingerprint() -> fingerprint();
                    case CommandLine.Version() -> print(System.out, "davit-agent " + version(), 0);
                    case CommandLine.Help() -> print(System.out, CommandLine.USAGE.strip(), 0);
                    case CommandLine.Wrong(String why) ->
                            print(
                                    System.err,
                                    "davit-agent: " + why + "\n" + CommandLine.USAGE.strip(),
                                    USAGE);
                });
    }

    private static int print(PrintStream to, String text, int code) {
        to.println(text);
        return code;
    }

    private static String version() {
        return Optional.ofNullable(AgentMain.class.getPackage().getImplementationVersion())
                .orElse("unpackaged");
    }

    private static int run(Path configFile, Path state) {
        JavaLogging.intoOurs();
        var main = Thread.currentThread();
        var stopped = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(main, stopped), "stop"));
        try {
            var config = configuration(configFile);
            if (config.isEmpty()) {
                return CONFIGURATION;
            }
            try (var _ = StateLock.take(state)) {
                live(config.get(), state);
            }
            return 0;
        } catch (InterruptedException _) {
            LOG.info("stopped; services on this host go on");
            return 0;
        } catch (IOException | RuntimeException e) {
            LOG.error("cannot work", e);
            return CANNOT_WORK;
        } finally {
            stopped.countDown();
        }
    }

    private static Optional<AgentConfig> configuration(Path file) throws InterruptedException {
        try {
            return Optional.of(new ConfigSources(file, credentials()).await(Waits.real()));
        } catch (AgentConfig.ConfigException e) {
            e.problems().forEach(LOG::error);
        } catch (IOException e) {
            LOG.error("cannot read configuration {}: {}", file, e.toString());
        }
        return Optional.empty();
    }

    private static Optional<Path> credentials() {
        return Optional.ofNullable(System.getenv("CREDENTIALS_DIRECTORY")).map(Path::of);
    }

    /** For comparing with what the controller shows before a host is approved or bound. */
    private static int fingerprint() {
        try {
            return switch (new IdentityStore(STATE).load(Machine.read(Path.of("/")))) {
                case IdentityStore.Found.Usable(HostIdentity identity) ->
                        print(
                                System.out,
                                FingerprintWords.of(identity.chain().getFirst().getPublicKey()),
                                0);
                case IdentityStore.Found.Nothing() ->
                        print(
                                System.err,
                                "this host has no identity yet; while it waits for approval its log"
                                        + " has the words: journalctl -u davit-agent",
                                CANNOT_WORK);
                case IdentityStore.Found.Stale stale -> print(System.err, stale.why(), CANNOT_WORK);
                case IdentityStore.Found.Broken(String why) -> print(System.err, why, CANNOT_WORK);
            };
        } catch (IOException e) {
            return print(System.err, "cannot tell the fingerprint: " + e, CANNOT_WORK);
        }
    }

    /** Lets the next controller reign whatever its epoch, after one that had a far higher one. */
    private static int resetEpoch() {
        try (var _ = StateLock.take(STATE);
                var journal = Journal.open(STATE.resolve("journal"))) {
            long forgotten = journal.reign().epoch();
            journal.forgetReign();
            return print(
                    System.out,
                    "epoch "
                            + forgotten
                            + " is forgotten; start the agent again: systemctl start davit-agent",
                    0);
        } catch (IOException e) {
            return print(
                    System.err,
                    "davit-agent: cannot forget the epoch: " + e.getMessage(),
                    CANNOT_WORK);
        }
    }

    /** On SIGTERM: ends the wait that the agent is in, and waits for it to put things away. */
    private static void stop(Thread main, CountDownLatch stopped) {
        main.interrupt();
        try {
            if (!stopped.await(STOP_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("not everything was put away in {} s", STOP_DEADLINE.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void live(AgentConfig config, Path state)
            throws IOException, InterruptedException {
        var random = new SecureRandom();
        var clock = InstantSource.system();
        var waits = Waits.real();
        String runId = HexFormat.of().formatHex(random.generateSeed(8));
        LOG.info("davit-agent {} on Java {}", version(), Runtime.version());

        var system = HostSystem.ofHost(state.resolve("output"));
        var reader = new FactsReader(system, Catalogue.compiledIn(), version());
        Supplier<HostFacts> facts = () -> read(reader);

        // The engine comes before the session: what a crash cut off is looked at whether or not
        // there is a controller.
        var link = new ControllerLink();
        try (Engine engine = Engine.open(state, version(), link.ports())) {
            var upgrade =
                    new AgentUpgrade(
                            HOME,
                            state.resolve("switch"),
                            version(),
                            OwnBuild.below(HOME),
                            engine,
                            link.ports().artifacts(),
                            system);
            upgrade.begin();
            try (var monitor =
                            new HealthMonitor(
                                    Catalogue.compiledIn(),
                                    engine,
                                    system.files(),
                                    system.clock(),
                                    random,
                                    link::health);
                    var channels = new ControllerChannels();
                    var session =
                            new Session(
                                    config.controller(),
                                    channels,
                                    link,
                                    engine,
                                    upgrade,
                                    facts,
                                    version(),
                                    runId,
                                    clock,
                                    waits,
                                    random)) {
                monitor.start();
                var machine = Machine.read(Path.of("/"));
                var identities = new IdentityStore(state);
                var enroller =
                        new Enroller(
                                config.enrolment(),
                                state,
                                new TokenSource(config.tokenFile(), credentials()),
                                identities,
                                machine,
                                facts,
                                channels,
                                clock,
                                waits,
                                random);
                new Agent(machine, identities, enroller, session).live();
            }
        }
    }

    private static HostFacts read(FactsReader reader) {
        try {
            return reader.read();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return HostFacts.getDefaultInstance();
        }
    }
}
