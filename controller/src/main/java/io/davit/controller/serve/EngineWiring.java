package io.davit.controller.serve;

import io.davit.common.K3sKeys;
import io.davit.controller.audit.AuditTrail;
import io.davit.controller.backup.AdoptionService;
import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.execute.Executor;
import io.davit.controller.execute.OperationRecord;
import io.davit.controller.execute.Operations;
import io.davit.controller.execute.Operations.OperationRefusedException;
import io.davit.controller.execute.Pace;
import io.davit.controller.execute.PlanChecks;
import io.davit.controller.execute.PlanDesk;
import io.davit.controller.execute.RunningSteps;
import io.davit.controller.execute.SnapshotSource;
import io.davit.controller.flow.AcceptedClusters;
import io.davit.controller.flow.ArtifactsService;
import io.davit.controller.flow.BroughtVersions;
import io.davit.controller.flow.ClusterEnd;
import io.davit.controller.flow.ClusterPictures;
import io.davit.controller.flow.ClusterVersions;
import io.davit.controller.flow.ClustersService;
import io.davit.controller.flow.DriftWatch;
import io.davit.controller.flow.Flow;
import io.davit.controller.flow.HealthService;
import io.davit.controller.flow.Members;
import io.davit.controller.flow.OperationIds;
import io.davit.controller.flow.OperationsService;
import io.davit.controller.flow.PoolJoins;
import io.davit.controller.flow.ReleasesService;
import io.davit.controller.flow.RetiredHosts;
import io.davit.controller.flow.SnapshotFlow;
import io.davit.controller.flow.SnapshotOrigins;
import io.davit.controller.flow.SnapshotsService;
import io.davit.controller.flow.StoredOperations;
import io.davit.controller.flow.UpgradeFleet;
import io.davit.controller.metrics.ClusterSource;
import io.davit.controller.pki.ClusterPki;
import io.davit.controller.plan.Drift;
import io.davit.controller.plan.Planner;
import io.davit.controller.role.controlplane.ControlPlaneRole;
import io.davit.controller.role.etcd.EtcdRole;
import io.davit.controller.role.loadbalancer.LoadBalancerRole;
import io.davit.controller.role.worker.WorkerRole;
import io.davit.controller.snapshot.SnapshotShelf;
import io.davit.controller.snapshot.Snapshots;
import io.davit.controller.spec.SpecReader;
import io.davit.controller.store.Transaction;
import io.davit.controller.upgrade.AgentUpgrades;
import io.davit.controller.upgrade.AgentVersions;
import io.davit.controller.upgrade.AgentsService;
import io.davit.controller.upgrade.UpgradeRecord;
import io.davit.controller.versions.EtcdReleases;
import io.davit.controller.versions.K3sReleases;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds what plans and executes, by hand, from the foundation up. The list of roles stands here.
 */
public final class EngineWiring {

    private static final Logger LOG = LoggerFactory.getLogger(EngineWiring.class);

    private EngineWiring() {}

    /**
     * For {@link ServeWiring}; runs on with the operations that ran when the last reign ended.
     *
     * @param startAnew ends this process in a moment, so that it is started again
     */
    public static Engine make(Foundation base, Runnable startAnew) {
        var keys = K3sKeys.standard();
        var agents = base.agents();
        var pace = new WallPace(base.clock());

        var material = base.clusterPki();
        var artifacts = base.artifacts();

        var reader = new SpecReader(keys);
        var planner =
                new Planner(
                        List.of(
                                new EtcdRole(),
                                new LoadBalancerRole(),
                                new ControlPlaneRole(keys),
                                new WorkerRole(keys)));
        var snapshots =
                new Snapshots(
                        base.config().state(), base.changes(), base.records(), base.secrets());
        var clusters =
                new AcceptedClusters(
                        base.changes(),
                        base.records(),
                        reader,
                        new EndOfSecrets(material, snapshots));
        var shelf =
                new SnapshotShelf(
                        snapshots,
                        new SnapshotOrigins(clusters),
                        base.config().etcdSnapshots(),
                        base.clock(),
                        base.random(),
                        base.room());
        var brought = new BroughtVersions(artifacts);
        var k3sReleases =
                K3sReleases.of(
                        base.config().k3sSource(),
                        base.config().k3sChannels(),
                        base.config().k3sReleases(),
                        brought,
                        base.store(),
                        base.clock());
        var etcdReleases = EtcdReleases.of(base.config().etcdSource(), brought);
        var versions =
                new ClusterVersions(
                        k3sReleases,
                        etcdReleases,
                        clusters,
                        base.changes(),
                        base.records(),
                        base.clock(),
                        base.restored().isPresent());
        var stored = new StoredOperations(base.changes(), base.store());

        var desk = new PlanDesk(agents, material, artifacts, planner, shelf, pace);
        var running = new RunningSteps(material, shelf);
        var executor =
                new Executor(
                        agents,
                        clusters,
                        stored,
                        material,
                        material,
                        artifacts,
                        running,
                        base.reign(),
                        desk,
                        pace);
        var operations = new Operations(executor, stored, agents);
        var members = new Members(base.changes(), base.records());
        var ids =
                new OperationIds(
                        base.clock(),
                        base.random(),
                        Stream.concat(
                                        stored.list("", Integer.MAX_VALUE).stream()
                                                .map(OperationRecord::id),
                                        UpgradeRecord.ids(base.records()).stream())
                                .toList());
        var flow =
                new Flow(
                        reader,
                        versions,
                        clusters,
                        members,
                        desk,
                        new PlanChecks(agents, material, material),
                        operations,
                        ids,
                        base.clock());
        var snapshotFlow =
                new SnapshotFlow(
                        clusters,
                        desk,
                        new SnapshotSource(agents),
                        shelf,
                        operations,
                        ids,
                        base.clock());
        var drifts = new DriftWatch(desk, clusters, stored, agents.events(), base.random());
        var pictures = new ClusterPictures(clusters, agents, agents.health(), drifts, base.clock());
        var joins =
                new PoolJoins(
                        flow, clusters, members, stored, agents, agents.events(), base.clock());
        var retired =
                new RetiredHosts(
                        base.hosts(), agents, base.reign(), ids, agents.events(), base.clock());
        var fleet = new UpgradeFleet(base.hosts(), clusters, pictures);
        var agentVersions =
                new AgentVersions(fleet, agents, base.agentPackages(), Version.current());
        var upgrades =
                new AgentUpgrades(
                        base.agentPackages(),
                        agents,
                        fleet,
                        base.changes(),
                        base.store(),
                        agents.events(),
                        pace,
                        base.epoch(),
                        Version.current(),
                        ids::next);
        if (base.restored().isEmpty()) {
            snapshots.tidy(true);
            goOn(operations);
            joins.start();
            retired.start();
            upgrades.resume();
            drifts.start();
        }
        return new Engine(
                List.of(
                        new ClustersService(
                                flow,
                                clusters,
                                members,
                                pictures,
                                material,
                                agentVersions::notes,
                                base.clock()),
                        new SnapshotsService(snapshotFlow, clusters, snapshots),
                        new AgentsService(upgrades, agentVersions),
                        new HealthService(
                                clusters,
                                members,
                                stored,
                                operations,
                                pictures,
                                agents,
                                base.hosts(),
                                new AuditTrail(base.records()),
                                agents.events(),
                                base.clock()),
                        new OperationsService(operations, stored, base.changes(), base.clock()),
                        new AdoptionService(
                                base.changes(),
                                base.records(),
                                base.hosts(),
                                agents,
                                base.strangers(),
                                clusters,
                                desk,
                                startAnew),
                        new ReleasesService(k3sReleases, etcdReleases),
                        new ArtifactsService(
                                artifacts,
                                clusters,
                                k3sReleases,
                                etcdReleases,
                                agents,
                                base.changes(),
                                base.clock())),
                running,
                (host, sha256) -> running.mayFetch(host, sha256) || upgrades.mayFetch(host, sha256),
                sha256 -> artifacts.file(sha256).or(() -> base.agentPackages().file(sha256)),
                running,
                new StoredClusters(clusters, stored, snapshots, drifts),
                agentVersions::counts,
                () -> {
                    drifts.close();
                    retired.close();
                    upgrades.close();
                    joins.close();
                    operations.close();
                });
    }

    private static void goOn(Operations operations) {
        try {
            operations.resumeAll();
        } catch (OperationRefusedException e) {
            LOG.error("cannot go on with an operation: {}", e.getMessage());
        }
    }

    /** A cluster's keys and passwords end, and the snapshots that they open with them. */
    private record EndOfSecrets(ClusterPki material, Snapshots snapshots) implements ClusterEnd {

        @Override
        public void end(Transaction transaction, String cluster, String archived, boolean destroy) {
            material.end(transaction, cluster, archived, destroy);
            Snapshots.end(transaction, cluster, archived, destroy);
        }

        @Override
        public void ended() {
            snapshots.tidy(false);
        }
    }

    /** For monitoring. */
    private record StoredClusters(
            AcceptedClusters accepted,
            StoredOperations operations,
            Snapshots snapshots,
            DriftWatch drifts)
            implements ClusterSource {

        @Override
        public Optional<LastSnapshot> lastSnapshot(String cluster) {
            return snapshots
                    .last(cluster)
                    .map(last -> new LastSnapshot(last.takenAt(), last.sizeBytes()));
        }

        @Override
        public List<AcceptedCluster> clusters() {
            return accepted.all();
        }

        @Override
        public Optional<OperationRecord> newestOperation(String cluster) {
            return operations.newest(cluster);
        }

        @Override
        public Optional<Drift> drift(String cluster) {
            return drifts.of(cluster);
        }
    }

    /** Time as it is. */
    private record WallPace(Clock clock) implements Pace {

        @Override
        public Instant now() {
            return clock.instant();
        }

        @Override
        public void sleep(Duration duration) throws InterruptedException {
            Thread.sleep(duration);
        }
    }
}
