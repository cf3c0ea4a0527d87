package io.davit.cli.view;

import io.davit.proto.operator.v1.ClusterStatus;
import io.davit.proto.operator.v1.HostStatus;
import io.davit.proto.operator.v1.RoleStatus;
import java.util.List;

/**
 * Clusters for people: one table per cluster, a line per host and role, and one sentence about what
 * may still fail.
 */
public final class StatusText {

    private StatusText() {}

    public static String of(List<ClusterStatus> clusters) {
        if (clusters.isEmpty()) {
            return "No cluster yet: davit apply -f cluster.yaml\n";
        }
        var text = new StringBuilder();
        clusters.forEach(cluster -> one(cluster, text));
        return text.toString();
    }

    private static void one(ClusterStatus cluster, StringBuilder text) {
        text.append(cluster.getName()).append("  ").append(cluster.getHealth());
        text.append("  generation ").append(cluster.getGeneration());
        text.append("  k3s ")
                .append(cluster.getK3SVersion())
                .append("  etcd ")
                .append(cluster.getEtcdVersion());
        text.append(" (").append(cluster.getEtcdState()).append(")\n");
        if (cluster.getEndpointsCount() > 0) {
            text.append("  endpoint  ")
                    .append(String.join(", ", cluster.getEndpointsList()))
                    .append('\n');
        }
        if (!cluster.getFaultTolerance().isEmpty()) {
            text.append("  ").append(cluster.getFaultTolerance()).append('\n');
        }
        if (!cluster.getRunningOperation().isEmpty()) {
            text.append("  operation ").append(cluster.getRunningOperation());
            text.append(" runs: davit operations watch ")
                    .append(cluster.getRunningOperation())
                    .append('\n');
        }
        var columns =
                new Columns("  ").row("HOST", "ADDRESS", "CONNECTION", "ROLE", "HEALTH", "SEEN");
        for (HostStatus host : cluster.getHostsList()) {
            String seen =
                    host.hasObservationAge()
                            ? host.getObservationAge().getSeconds() + "s ago"
                            : "never";
            if (host.getRoleStatusCount() == 0) {
                columns.row(
                        host.getName(),
                        host.getAddress(),
                        host.getConnection(),
                        String.join(",", host.getRolesList()),
                        "-",
                        seen);
            }
            boolean first = true;
            for (RoleStatus role : host.getRoleStatusList()) {
                columns.row(
                        first ? host.getName() : "",
                        first ? host.getAddress() : "",
                        first ? host.getConnection() : "",
                        role.getRole(),
                        (role.getOk() ? "ok" : "NOT OK")
                                + (role.getDetail().isEmpty() ? "" : " " + role.getDetail()),
                        first ? seen : "");
                first = false;
            }
        }
        text.append(columns);
    }
}
