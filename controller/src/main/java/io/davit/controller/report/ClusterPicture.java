package io.davit.controller.report;

import io.davit.common.HostId;
import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.health.HealthReports.Reported;
import io.davit.controller.observe.ObservedHost;
import io.davit.controller.plan.Drift;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything that is known of how a cluster does.
 *
 * @param seen the bound hosts by identity
 * @param reports their newest health reports
 * @param health per spec host name, one entry a role, as asked now
 * @param virtualIpHolders spec host names
 * @param drift what is not as applied, as the watch saw it last; empty while that cannot be told
 * @param running the operation that acts on it now
 */
public record ClusterPicture(
        AcceptedCluster cluster,
        Map<HostId, ObservedHost> seen,
        Map<HostId, Reported> reports,
        Map<String, List<RoleHealth>> health,
        List<String> virtualIpHolders,
        String endpoint,
        Optional<Drift> drift,
        Optional<String> running,
        Instant now) {

    public ClusterPicture {
        seen = Map.copyOf(seen);
        reports = Map.copyOf(reports);
        health = Map.copyOf(health);
        virtualIpHolders = List.copyOf(virtualIpHolders);
    }

    Optional<HostId> id(HostSpec host) {
        return cluster.bindings().host(host.name());
    }

    Optional<ObservedHost> seen(HostSpec host) {
        return id(host).map(seen::get);
    }

    Optional<Reported> report(HostSpec host) {
        return id(host).map(reports::get);
    }

    /** Its newest report, if that says how the host is now. */
    Optional<Reported> freshReport(HostSpec host) {
        return report(host)
                .filter(Reported::fresh)
                .filter(_ -> seen(host).map(ObservedHost::connected).orElse(false));
    }
}
