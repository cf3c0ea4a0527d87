package io.davit.controller.flow;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.davit.common.HostId;
import io.davit.common.K3sKeys;
import io.davit.common.Secret;
import io.davit.controller.Bench;
import io.davit.controller.ReleaseServer;
import io.davit.controller.Specs;
import io.davit.controller.TestClock;
import io.davit.controller.agentlink.Agents;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.disk.Room;
import io.davit.controller.enroll.HostRecord;
import io.davit.controller.enroll.HostState;
import io.davit.controller.enroll.Hosts;
import io.davit.controller.execute.ArtifactCatalog;
import io.davit.controller.execute.Executor;
import io.davit.controller.execute.Operations;
import io.davit.controller.execute.PlanChecks;
import io.davit.controller.execute.PlanDesk;
import io.davit.controller.execute.Reign;
import io.davit.controller.execute.RunningSteps;
import io.davit.controller.execute.SnapshotSource;
import io.davit.controller.health.EventLog;
import io.davit.controller.pki.ControllerPki;
import io.davit.controller.plan.Catalog;
import io.davit.controller.plan.Catalog.ArtifactFile;
import io.davit.controller.plan.Consent;
import io.davit.controller.release.EtcdVersion;
import io.davit.controller.release.K3sVersion;
import io.davit.controller.simulate.SimulatedFleet;
import io.davit.controller.snapshot.SnapshotShelf;
import io.davit.controller.snapshot.Snapshots;
import io.davit.controller.spec.SpecReader;
import io.davit.controller.store.InMemoryStore;
import io.davit.controller.store.Records;
import io.davit.controller.store.SealedSecrets;
import io.davit.controller.store.Sealer;
import io.davit.controller.versions.EtcdReleases;
import io.davit.controller.versions.K3sReleases;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/** The whole flow on a simulated fleet, with a channel server that tests move. */
final class FlowBench implements AutoCloseable {

    static final Actor ANN = new Actor("operator/ann", "admin", "198.18.0.1");

    /** The small example without any version. */
    static final String BARE = Specs.SMALL.replaceAll("(?s)  k3s:.*  network:", "  network:");

    final ReleaseServer server = new ReleaseServer();
    final TestClock clock = new TestClock(Bench.START);
    final InMemoryStore store = new InMemoryStore();
    final Changes changes = new Changes(store, Secret.ofText("k"), clock);
    final Records records = new Records(store);
    final Bench bench = new Bench(Specs.small(), 1);
    final AcceptedClusters clusters;
    final Members members;
    final Flow flow;
    private final Operations operations;
    final StoredOperations stored;
    final EventLog events;
    final PoolJoins joins;
    final Path state = Files.createTempDirectory("davit-flow");
    final SealedSecrets secrets =
            new SealedSecrets(new Sealer("0a0a0a0a", Secret.of(new byte[32]), new SecureRandom()));
    final Snapshots snapshots = new Snapshots(state, changes, records, secrets);
    final SnapshotFlow snapshotFlow;
    final DriftWatch drifts;

    FlowBench() throws IOException {
        this(false);
    }

    /**
     * @param onlyLooks as a controller in adopt mode
     */
    FlowBench(boolean onlyLooks) throws IOException {
        var reader = new SpecReader(K3sKeys.standard());
        var releases =
                K3sReleases.of(
                        "https://example.test/k3s",
                        Optional.of(server.channels()),
                        Optional.of(server.releases()),
                        store,
                        clock);
        clusters = new AcceptedClusters(changes, records, reader, ClusterEnd.NONE);
        var versions =
                new ClusterVersions(
                        releases,
                        EtcdReleases.of("https://example.test/etcd"),
                        clusters,
                        changes,
                        records,
                        clock,
                        onlyLooks);
        stored = new StoredOperations(changes, store);
        events = new EventLog(clock);
        var shelf =
                new SnapshotShelf(
                        snapshots,
                        new SnapshotOrigins(clusters),
                        2,
                        clock,
                        new SecureRandom(),
                        new Room());
        var running =
                new RunningSteps(
                        (cluster, host, profile, _) -> cluster + host + profile.commonName(),
                        shelf);
        bench.fleet.serve(running, running, running);
        var artifacts = new EveryVersion();
        var desk =
                new PlanDesk(
                        bench.fleet, bench.material, artifacts, bench.planner, shelf, bench.pace);
        var executor =
                new Executor(
                        bench.fleet,
                        clusters,
                        stored,
                        bench.material,
                        bench.material,
                        artifacts,
                        running,
                        new FirstReign(),
                        desk,
                        bench.pace);
        operations = new Operations(executor, stored, bench.fleet);
        members = new Members(changes, records);
        flow =
                new Flow(
                        reader,
                        versions,
                        clusters,
                        members,
                        desk,
                        new PlanChecks(bench.fleet, bench.material, bench.material),
                        operations,
                        new OperationIds(clock, new SecureRandom(), List.of()),
                        clock);
        joins = newJoins();
        snapshotFlow =
                new SnapshotFlow(
                        clusters,
                        desk,
                        new SnapshotSource(bench.fleet),
                        shelf,
                        operations,
                        new OperationIds(clock, new SecureRandom(), List.of()),
                        clock);
        drifts = new DriftWatch(desk, clusters, stored, events, new SecureRandom());
    }

    /** Looks for members of pools on a clock of its own. */
    PoolJoins newJoins() {
        return newJoins(bench.fleet);
    }

    PoolJoins newJoins(Agents agents) {
        return new PoolJoins(flow, clusters, members, stored, agents, events, clock);
    }

    /** Waits until no operation runs. */
    void idle() {
        org.awaitility.Awaitility.await()
                .atMost(java.time.Duration.ofSeconds(60))
                .until(() -> clusters.running("small").isEmpty());
        clock.advance(java.time.Duration.ofSeconds(2)); // operations sort by their second
    }

    /** A host that enrolled with a token. */
    static HostRecord host(HostId id, HostState state, String hostname) {
        return new HostRecord(
                id.value(),
                state,
                "key",
                "able baker",
                Optional.of("1"),
                Optional.empty(),
                Optional.empty(),
                "token",
                List.of(),
                "",
                "198.18.0.1",
                new HostRecord.Description(hostname, "", "", "", ""),
                Instant.EPOCH,
                Optional.empty(),
                "token",
                List.of());
    }

    /** Hosts of this state; none are enrolled, tests store those that they need. */
    Hosts hosts() {
        var random = new SecureRandom();
        var sealer =
                new Sealer(
                        "k1",
                        Secret.of("0123456789abcdef0123456789abcdef".getBytes(UTF_8)),
                        random);
        var secrets = new SealedSecrets(sealer);
        changes.make(
                new Change(Actor.controller(), "test", "pki", ""),
                transaction -> {
                    ControllerPki.create(transaction, secrets, clock, random);
                    return ANN;
                });
        return new Hosts(
                changes,
                records,
                ControllerPki.load(records, secrets, clock, random),
                clock,
                random);
    }

    RetiredHosts newRetired(Hosts hosts) {
        return new RetiredHosts(
                hosts,
                bench.fleet,
                new FirstReign(),
                new OperationIds(clock, new SecureRandom(), List.of()),
                events,
                clock);
    }

    private static final class FirstReign implements Reign {

        private final AtomicLong sequence = new AtomicLong();

        @Override
        public long epoch() {
            return 1;
        }

        @Override
        public long nextOperationSequence() {
            return sequence.incrementAndGet();
        }
    }

    /** Publishes whatever it is asked for. */
    private static final class EveryVersion implements ArtifactCatalog {

        @Override
        public Catalog known(K3sVersion k3s, EtcdVersion etcd, Set<String> archs) {
            return catalog(k3s, etcd, archs);
        }

        @Override
        public Catalog catalog(K3sVersion k3s, EtcdVersion etcd, Set<String> archs) {
            return Catalog.of(
                    List.of(
                            file("k3s", k3s.toString()),
                            file("k3s-images", k3s.toString()),
                            file("etcd", etcd.toString())));
        }

        private static ArtifactFile file(String artifact, String version) {
            return new ArtifactFile(
                    artifact,
                    version,
                    "amd64",
                    artifact,
                    io.davit.common.Digests.sha256Hex(
                            (artifact + version).getBytes(StandardCharsets.UTF_8)),
                    60 << 20);
        }

        @Override
        public void stage(ArtifactFile file) {}
    }

    private static Flow.Wish wish(String yaml, String digest) {
        return new Flow.Wish(
                yaml.getBytes(StandardCharsets.UTF_8),
                Consent.of(false),
                Set.of(),
                false,
                digest,
                "");
    }

    Flow.Answer plan(String yaml) throws InterruptedException {
        return flow.plan(ANN, wish(yaml, ""));
    }

    Flow.Answer planAs(Actor actor, String yaml) throws InterruptedException {
        return flow.plan(actor, wish(yaml, ""));
    }

    Flow.Planned planned(String yaml) throws InterruptedException {
        return (Flow.Planned) plan(yaml);
    }

    /** Applies without having planned. */
    Flow.Answer apply(String yaml) throws InterruptedException {
        return flow.apply(ANN, wish(yaml, ""));
    }

    SimulatedFleet fleet() {
        return bench.fleet;
    }

    /** Applies what a person saw in this plan. */
    Flow.Answer apply(String yaml, Flow.Planned seen) throws InterruptedException {
        var answer = flow.apply(ANN, wish(yaml, seen.plan().digest()));
        bench.approve(seen.plan());
        return answer;
    }

    @Override
    public void close() {
        operations.close();
        server.close();
        try {
            try (var files = Files.walk(state)) {
                for (Path file : files.toList().reversed()) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
