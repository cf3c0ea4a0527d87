package io.davit.controller.serve;

import io.davit.common.HostId;
import io.davit.controller.agentlink.AgentBuilds.RunningAgent;
import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.execute.OperationRecord;
import io.davit.controller.health.HealthReports.Reported;
import io.davit.controller.metrics.ClusterSource;
import io.davit.controller.metrics.FleetView;
import io.davit.controller.observe.ObservedHost;
import io.davit.controller.pki.ControllerCertificate;
import io.davit.controller.plan.Drift;
import java.util.List;
import java.util.Optional;

/** What monitoring sees of a running controller. */
final class WholeFleet implements FleetView {

    private final Foundation base;
    private final ClusterSource clusters;
    private final ControllerCertificate certificate;

    WholeFleet(Foundation base, ClusterSource clusters, ControllerCertificate certificate) {
        this.base = base;
        this.clusters = clusters;
        this.certificate = certificate;
    }

    @Override
    public List<AcceptedCluster> clusters() {
        return clusters.clusters();
    }

    @Override
    public Optional<OperationRecord> newestOperation(String cluster) {
        return clusters.newestOperation(cluster);
    }

    @Override
    public Optional<LastSnapshot> lastSnapshot(String cluster) {
        return clusters.lastSnapshot(cluster);
    }

    @Override
    public Optional<Drift> drift(String cluster) {
        return clusters.drift(cluster);
    }

    @Override
    public List<ObservedHost> hosts() {
        return base.agents().hosts();
    }

    @Override
    public Optional<Reported> report(HostId host) {
        return base.agents().health().find(host);
    }

    @Override
    public Optional<String> agentVersion(HostId host) {
        return base.agents()
                .agent(host)
                .map(RunningAgent::version)
                .filter(version -> !version.isEmpty());
    }

    @Override
    public Controller controller() {
        return new Controller(
                Version.current(),
                base.epoch(),
                certificate.shown().leaf().getNotAfter().toInstant());
    }
}
