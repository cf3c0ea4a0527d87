package io.davit.controller.flow;

import io.davit.common.HostId;
import io.davit.controller.agentlink.Agents;
import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.health.HealthReports;
import io.davit.controller.health.HealthReports.Reported;
import io.davit.controller.observe.ObservedHost;
import io.davit.controller.report.ClusterPicture;
import io.davit.controller.role.Endpoint;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Puts together what is known of how clusters do, and asks their hosts anew. */
public final class ClusterPictures {

    private final AcceptedClusters clusters;
    private final Agents agents;
    private final HealthReports reports;
    private final DriftWatch drifts;
    private final Clock clock;

    public ClusterPictures(
            AcceptedClusters clusters,
            Agents agents,
            HealthReports reports,
            DriftWatch drifts,
            Clock clock) {
        this.clusters = clusters;
        this.agents = agents;
        this.reports = reports;
        this.drifts = drifts;
        this.clock = clock;
    }

    /** One picture for each of these clusters. */
    List<ClusterPicture> of(List<AcceptedCluster> asked) throws InterruptedException {
        Map<HostId, ObservedHost> seen =
                agents.hosts().stream()
                        .collect(Collectors.toMap(ObservedHost::hostId, Function.identity()));
        var health = new ClusterHealth(agents);
        var pictures = new ArrayList<ClusterPicture>();
        for (AcceptedCluster cluster : asked) {
            var reading = health.read(cluster);
            pictures.add(
                    new ClusterPicture(
                            cluster,
                            seen,
                            reports(cluster),
                            reading.roles(),
                            reading.virtualIpHolders(),
                            Endpoint.of(cluster.spec().cluster()).url(),
                            drifts.of(cluster.spec().cluster().name()),
                            clusters.running(cluster.spec().cluster().name()),
                            clock.instant()));
        }
        return pictures;
    }

    private Map<HostId, Reported> reports(AcceptedCluster cluster) {
        var found = new HashMap<HostId, Reported>();
        for (HostId id : cluster.bindings().byName().values()) {
            reports.find(id).ifPresent(report -> found.put(id, report));
        }
        return found;
    }
}
