package io.davit.controller.serve;

import io.davit.common.HostId;
import io.davit.common.Secret;
import io.davit.controller.agentlink.Epoch;
import io.davit.controller.agentlink.Epochs;
import io.davit.controller.agentlink.GrpcAgents;
import io.davit.controller.agentlink.SessionTiming;
import io.davit.controller.artifact.ArtifactStore;
import io.davit.controller.audit.Changes;
import io.davit.controller.backup.RestoredMark;
import io.davit.controller.backup.Strangers;
import io.davit.controller.disk.Room;
import io.davit.controller.enroll.Hosts;
import io.davit.controller.execute.Reign;
import io.davit.controller.pki.ClusterPki;
import io.davit.controller.pki.ControllerPki;
import io.davit.controller.store.KeyFile;
import io.davit.controller.store.Records;
import io.davit.controller.store.SealedSecrets;
import io.davit.controller.store.SqliteStore;
import io.davit.controller.store.StateStore;
import io.davit.controller.upgrade.AgentPackages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What everything else of the controller stands on: the state under its lock, its secrets, the
 * reign, the hierarchy and the hosts.
 */
public final class Foundation implements AutoCloseable {

    static final String INVENTORY_MASTER = "inventory-master";

    private final ServerConfig config;
    private final StateLock lock;
    private final SqliteStore store;
    private final Records records;
    private final SealedSecrets secrets;
    private final Changes changes;
    private final Epoch epoch;
    private final Optional<RestoredMark> restored;
    private final Strangers strangers;
    private final ControllerPki pki;
    private final Hosts hosts;
    private final GrpcAgents agents;
    private final Secret inventoryMaster;
    private final ClusterPki clusterPki;
    private final ArtifactStore artifacts;
    private final AgentPackages agentPackages;
    private final Room room = new Room();
    private final AtomicLong operationSequence = new AtomicLong();
    private final Clock clock;
    private final SecureRandom random;

    private Foundation(
            ServerConfig config,
            StateLock lock,
            SqliteStore store,
            SealedSecrets secrets,
            SessionTiming timing,
            Clock clock,
            SecureRandom random)
            throws IOException {
        this.config = config;
        this.lock = lock;
        this.store = store;
        this.secrets = secrets;
        this.clock = clock;
        this.random = random;
        this.records = new Records(store);
        this.changes = new Changes(store, secrets.require(records, Changes.KEY_NAME), clock);
        this.restored = RestoredMark.find(records);
        this.epoch =
                restored.isPresent() ? Epochs.onlyLooking(random) : Epochs.next(changes, random);
        this.strangers = new Strangers(clock);
        this.pki = ControllerPki.load(records, secrets, clock, random);
        this.hosts = new Hosts(changes, records, pki, clock, random);
        this.inventoryMaster = secrets.require(records, INVENTORY_MASTER);
        this.agents =
                new GrpcAgents(epoch, Version.current(), inventoryMaster, hosts, timing, clock);
        this.clusterPki =
                new ClusterPki(changes, records, secrets, this::inventoryKey, clock, random);
        this.artifacts =
                new ArtifactStore(
                        config.state().resolve("artifacts"),
                        config.k3sSource(),
                        config.etcdSource(),
                        store,
                        room);
        this.agentPackages =
                new AgentPackages(
                        InstalledFiles.agents(),
                        AgentPackages.importDirectory(config.state()),
                        changes,
                        records);
    }

    /**
     * Opens the state and begins a reign.
     *
     * @throws IOException naming what is missing or held by another controller
     */
    static Foundation open(
            ServerConfig config, SessionTiming timing, Clock clock, SecureRandom random)
            throws IOException {
        Path file = config.state().resolve(SqliteStore.FILE_NAME);
        if (!Files.exists(file)) {
            throw new IOException(
                    "cannot open state " + file + ": there is none; make it with davit init");
        }
        StateLock lock = StateLock.take(config.state());
        SqliteStore store = null;
        try {
            var secrets = new SealedSecrets(KeyFile.read(keyFile(config), random));
            store = SqliteStore.open(file);
            return new Foundation(config, lock, store, secrets, timing, clock, random);
        } catch (IOException | RuntimeException failure) {
            if (store != null) {
                store.close();
            }
            lock.close();
            throw failure;
        }
    }

    /** systemd's copy of the key file, where the unit gives one: the file itself is root's. */
    private static Path keyFile(ServerConfig config) {
        String credentials = System.getenv("CREDENTIALS_DIRECTORY");
        Path name = config.keyFile().getFileName();
        if (credentials != null && name != null) {
            Path credential = Path.of(credentials).resolve(name.toString());
            if (Files.isReadable(credential)) {
                return credential;
            }
        }
        return config.keyFile();
    }

    /** As read at the start. */
    public ServerConfig config() {
        return config;
    }

    /** The state itself, for what changes too often for an audit row each. */
    public StateStore store() {
        return store;
    }

    /** Reading of the state. */
    public Records records() {
        return records;
    }

    /** The only way to change the state. */
    public Changes changes() {
        return changes;
    }

    /** Sealed secrets in the state. */
    public SealedSecrets secrets() {
        return secrets;
    }

    /** The number of this reign. */
    public long epoch() {
        return epoch.number();
    }

    /** The mark of a state that came from a backup; while it stands this controller only looks. */
    public Optional<RestoredMark> restored() {
        return restored;
    }

    /** Agents that the state does not accept. */
    public Strangers strangers() {
        return strangers;
    }

    /** The controller's own certificates. */
    public ControllerPki pki() {
        return pki;
    }

    /** The hosts, as the state knows them. */
    public Hosts hosts() {
        return hosts;
    }

    /** The hosts, as their sessions reach them. */
    public GrpcAgents agents() {
        return agents;
    }

    /** The clusters' own authorities, keys and passwords. */
    public ClusterPki clusterPki() {
        return clusterPki;
    }

    /** The room on the controller's disks. */
    public Room room() {
        return room;
    }

    /** Published files. */
    public ArtifactStore artifacts() {
        return artifacts;
    }

    /** The builds that agents may be upgraded to. */
    public AgentPackages agentPackages() {
        return agentPackages;
    }

    /** By which agents fence off older reigns, and older operations of this one. */
    public Reign reign() {
        return new Reign() {
            @Override
            public long epoch() {
                return epoch.number();
            }

            @Override
            public long nextOperationSequence() {
                return operationSequence.incrementAndGet();
            }
        };
    }

    /** The key of a host's digests of secret slots; the host gets it in its Welcome. */
    public Secret inventoryKey(HostId host) {
        return GrpcAgents.inventoryKey(inventoryMaster, host);
    }

    /** The time. */
    public Clock clock() {
        return clock;
    }

    /** Randomness fit for keys. */
    public SecureRandom random() {
        return random;
    }

    @Override
    public void close() throws IOException {
        store.close();
        lock.close();
    }
}
