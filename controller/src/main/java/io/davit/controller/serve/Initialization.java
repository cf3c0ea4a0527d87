package io.davit.controller.serve;

import io.davit.common.AtomicFiles;
import io.davit.common.AtomicFiles.Ownership;
import io.davit.common.ConfigYaml;
import io.davit.common.Secret;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.disk.ScratchFolder;
import io.davit.controller.pki.ControllerNames;
import io.davit.controller.pki.ControllerPki;
import io.davit.controller.store.KeyFile;
import io.davit.controller.store.Records;
import io.davit.controller.store.SealedSecrets;
import io.davit.controller.store.SqliteStore;
import io.davit.controller.store.StateFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes a new controller on this machine: key file, state with a fresh hierarchy, configuration.
 * Writes no file that is there already, and takes away what it made if it cannot finish.
 */
public final class Initialization {

    private final Request request;
    private final Clock clock;
    private final SecureRandom random;
    private final List<Path> made = new ArrayList<>();

    private Initialization(Request request, Clock clock, SecureRandom random) {
        this.request = request;
        this.clock = clock;
        this.random = random;
    }

    /**
     * What to make.
     *
     * @param owner user and group of the state; empty: whoever runs this
     * @param artifactSources further lines for the configuration: "k3s", "etcd" → URL or directory
     */
    public record Request(
            ControllerNames names,
            Path config,
            Path keyFile,
            Path state,
            Path socket,
            Optional<Ownership> owner,
            Map<String, String> artifactSources) {

        /** Copies the sources. */
        public Request {
            artifactSources = Map.copyOf(artifactSources);
        }
    }

    /**
     * Makes it.
     *
     * @return the pin of the new root, as it stands in tokens
     * @throws IOException naming the file that is there already or cannot be written
     */
    public static String run(Request request) throws IOException {
        return new Initialization(request, Clock.systemUTC(), new SecureRandom()).make();
    }

    private String make() throws IOException {
        refuseExisting();
        if (request.owner().isPresent()) {
            AtomicFiles.requireKnown(request.owner().get());
        }
        boolean done = false;
        try {
            AtomicFiles.makeDirectories(parent(request.config()), 0755);
            AtomicFiles.makeDirectories(parent(request.keyFile()), 0755);
            KeyFile.create(request.keyFile(), random, Optional.empty());
            made.add(request.keyFile());
            String pin = makeState();
            Path token = monitoringToken();
            if (!Files.exists(token)) {
                made.add(token);
                MonitoringToken.create(token, random, request.owner());
            }
            AtomicFiles.write(
                    request.config(), configText().getBytes(StandardCharsets.UTF_8), 0644);
            done = true;
            return pin;
        } finally {
            if (!done) {
                for (Path path : made.reversed()) {
                    Files.deleteIfExists(path);
                }
            }
        }
    }

    private void refuseExisting() throws IOException {
        for (Path path : List.of(request.config(), request.keyFile())) {
            if (Files.exists(path)) {
                throw existing(path);
            }
        }
        if (request.keyFile().startsWith(request.state())) {
            throw new IOException(
                    "cannot init: key file %s lies in the state directory; whoever has a copy of the state would have its secrets"
                            .formatted(request.keyFile()));
        }
        var found = StateFolder.found(request.state());
        if (found.isPresent()) {
            throw existing(found.get());
        }
    }

    private static IOException existing(Path path) {
        return new IOException(
                "cannot init: "
                        + path
                        + " exists; a controller was made here before, and its state is never"
                        + " overwritten");
    }

    /** Beside the configuration. */
    private Path monitoringToken() {
        return parent(request.config()).resolve("monitoring.token");
    }

    private static Path parent(Path file) {
        return Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(Path.of("/"));
    }

    private String makeState() throws IOException {
        var secrets = new SealedSecrets(KeyFile.read(request.keyFile(), random));
        try (var scratch = ScratchFolder.make(ScratchFolder.PLACE, clock)) {
            Path file = scratch.file(SqliteStore.FILE_NAME);
            String pin = makeState(file, secrets);
            made.add(request.state().resolve(SqliteStore.FILE_NAME));
            StateFolder.put(request.state(), file, request.owner());
            return pin;
        }
    }

    private String makeState(Path file, SealedSecrets secrets) {
        Secret auditKey = Secret.random(random, 32);
        try (SqliteStore store = SqliteStore.open(file)) {
            new Changes(store, auditKey, clock)
                    .make(
                            new Change(Actor.controller(), "init", "controller", ""),
                            transaction -> {
                                secrets.add(transaction, Changes.KEY_NAME, auditKey);
                                secrets.add(
                                        transaction,
                                        Foundation.INVENTORY_MASTER,
                                        Secret.random(random, 32));
                                ControllerPki.create(transaction, secrets, clock, random);
                                return transaction;
                            });
            return ControllerPki.load(new Records(store), secrets, clock, random).rootPin();
        }
    }

    private String configText() {
        var config = new LinkedHashMap<String, Object>();
        config.put("names", request.names().all());
        config.put("state", request.state().toString());
        config.put("key-file", request.keyFile().toString());
        config.put("monitoring-token-file", monitoringToken().toString());
        config.put("listen", new LinkedHashMap<>(Map.of("socket", request.socket().toString())));
        if (!request.artifactSources().isEmpty()) {
            config.put("artifacts", new LinkedHashMap<>(request.artifactSources()));
        }
        return ConfigYaml.render(config);
    }
}
