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

    private static final String WAITING_FOR_CNI = "WaitingForCNI";

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
                        standing(role) + (role.getDetail().isEmpty() ? "" : " " + role.getDetail()),
                        first ? seen : "");
                first = false;
            }
        }
        text.append(columns);
        text.append(next(cluster));
    }

    private static String standing(RoleStatus role) {
        if (role.getOk()) {
            return "ok";
        }
        return role.getStanding().equals(WAITING_FOR_CNI) ? WAITING_FOR_CNI : "NOT OK";
    }

    /** What a person does next, a line each; empty when nothing is. */
    public static String next(ClusterStatus cluster) {
        if (cluster.getNextStepsCount() == 0) {
            return "";
        }
        var text = new StringBuilder();
        if (cluster.getHealth().equals(WAITING_FOR_CNI)) {
            text.append(WAITING_FOR_CNI)
                    .append(": the API is ready and every node has joined; pods start when a CNI")
                    .append(" is installed (network.cni is none).\n");
        }
        cluster.getNextStepsList().forEach(step -> text.append("  → ").append(step).append('\n'));
        return text.toString();
    }
}
