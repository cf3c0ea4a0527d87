package io.davit.controller.serve;

import io.davit.cli.Connection;
import io.davit.cli.Credential;
import io.davit.common.JoinToken;
import io.davit.common.Secret;
import io.davit.controller.access.AccessLevel;
import io.davit.controller.access.OperatorRecord;
import io.davit.controller.agentlink.SessionTiming;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.pki.ControllerNames;
import io.davit.proto.operator.v1.CreateTokenRequest;
import io.davit.proto.operator.v1.NewAdminRequest;
import io.davit.proto.operator.v1.NewAdminResponse;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A whole controller on loopback with free ports, in a directory of its own. */
public final class ControllerRig implements AutoCloseable {

    /** A beat that tests can wait for. */
    public static final SessionTiming QUICK =
            new SessionTiming(
                    Duration.ofMillis(200),
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(2),
                    Duration.ofMillis(600));

    private final Path directory;
    private final AtomicReference<Duration> later = new AtomicReference<>(Duration.ZERO);
    private final AtomicReference<@Nullable Foundation> foundation = new AtomicReference<>();
    private ServeWiring serving;

    private ControllerRig(Path directory, Function<Foundation, Engine> engine) throws IOException {
        this.directory = directory;
        Initialization.run(
                new Initialization.Request(
                        new ControllerNames(java.util.List.of("127.0.0.1")),
                        directory.resolve("controller.yaml"),
                        directory.resolve("controller.key"),
                        directory.resolve("state"),
                        directory.resolve("run/admin.sock"),
                        Optional.empty(),
                        Map.of()));
        this.serving = start(engine);
    }

    public static ControllerRig start(Path directory) throws IOException {
        return new ControllerRig(directory, _ -> Engine.idle());
    }

    public static ControllerRig start(Path directory, Function<Foundation, Engine> engine)
            throws IOException {
        return new ControllerRig(directory, engine);
    }

    private ServeWiring start(Function<Foundation, Engine> engine) throws IOException {
        return ServeWiring.start(
                config(),
                base -> {
                    foundation.set(base);
                    return engine.apply(base);
                },
                QUICK,
                clock(),
                new SecureRandom());
    }

    private ServerConfig config() {
        var anyPort = new InetSocketAddress("127.0.0.1", 0);
        return new ServerConfig(
                new ControllerNames(java.util.List.of("127.0.0.1")),
                anyPort,
                anyPort,
                anyPort,
                anyPort,
                directory.resolve("run/admin.sock"),
                directory.resolve("state"),
                directory.resolve("controller.key"),
                directory.resolve("monitoring.token"),
                releases("k3s").toString(),
                releases("etcd").toString(),
                Optional.empty(),
                Optional.empty(),
                1000,
                100,
                3);
    }

    /** Where releases of a product are looked for; made by tests that publish some. */
    public Path releases(String product) {
        return directory.resolve("releases").resolve(product);
    }

    /** What lies in the controller's artifact directory. */
    List<Path> artifactFiles() throws IOException {
        try (var files = java.nio.file.Files.list(directory.resolve("state/artifacts"))) {
            return files.toList();
        }
    }

    /** Stops it and starts it again on the same state. */
    public void restart() throws IOException {
        serving.close();
        serving = start(_ -> Engine.idle());
    }

    /** Starts it on what is on the disk now, after {@link #close}. */
    public void startAgain(Function<Foundation, Engine> engine) throws IOException {
        serving = start(engine);
    }

    /** Moves the controller's clock on. */
    public void advance(Duration by) {
        later.updateAndGet(by::plus);
    }

    public ServeWiring serving() {
        return serving;
    }

    public Foundation foundation() {
        return java.util.Objects.requireNonNull(foundation.get());
    }

    public Path socket() {
        return directory.resolve("run/admin.sock");
    }

    public Path socketDirectory() {
        return directory.resolve("run");
    }

    public Credential newAdmin(String name) {
        try (Connection local = Connection.local(socket())) {
            NewAdminResponse made =
                    local.ask(c ->
                            c.onThisHost()
                                    .newAdmin(NewAdminRequest.newBuilder().setName(name).build()));
            return new Credential(
                    Secret.ofText(made.getPrivateKeyPem()),
                    made.getCertificateChainPem(),
                    made.getCaBundlePem(),
                    made.getAddress());
        }
    }

    /**
     * Gives an operator another level.
     *
     * @param keepSerials else none of its certificates counts any more
     */
    public void setLevel(String operator, AccessLevel level, boolean keepSerials) {
        foundation()
                .changes()
                .make(
                        new Change(Actor.controller(), "test", "operator/" + operator, ""),
                        transaction -> {
                            var record =
                                    transaction.find(OperatorRecord.TABLE, operator).orElseThrow();
                            transaction.put(
                                    OperatorRecord.TABLE,
                                    operator,
                                    new OperatorRecord(
                                            record.name(),
                                            level,
                                            keepSerials ? record.serials() : List.of(),
                                            record.createdBy(),
                                            record.createdAt()));
                            return level;
                        });
    }

    public JoinToken newToken(Credential admin, CreateTokenRequest request) {
        try (Connection connection = Connection.open(admin)) {
            return JoinToken.parse(connection.ask(c -> c.tokens().create(request)).getToken());
        }
    }

    @Override
    public void close() {
        serving.close();
    }

    private Clock clock() {
        InstantSource source = () -> Instant.now().plus(later.get());
        return source.withZone(ZoneOffset.UTC);
    }
}
