package io.davit.cli.view;

import com.google.protobuf.Timestamp;
import io.davit.proto.operator.v1.ClusterStatus;
import io.davit.proto.operator.v1.HostStatus;
import io.davit.proto.operator.v1.PoolStatus;
import io.davit.proto.operator.v1.RoleStatus;
import io.davit.proto.operator.v1.StatusResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Clusters for people: one screen per cluster. First what may still fail, who holds the virtual IP
 * and what is wrong; then a line per host and role, with since when it stands so.
 */
public final class StatusText {

    private static final String WAITING_FOR_CNI = "WaitingForCNI";

    /** An error older than this is no news on the line of a role that does well. */
    private static final long RECENT_SECONDS = 600;

    private StatusText() {}

    public static String of(StatusResponse answer) {
        if (answer.getClustersCount() == 0) {
            return "No cluster yet: davit apply -f cluster.yaml\n" + notes(answer);
        }
        var text = new StringBuilder();
        answer.getClustersList().forEach(cluster -> one(cluster, answer.getAskedAt(), text));
        return text.append(notes(answer)).toString();
    }

    private static String notes(StatusResponse answer) {
        return answer.getNotesList().stream()
                .map(note -> note + "\n")
                .collect(Collectors.joining());
    }

    private static void one(ClusterStatus cluster, Timestamp now, StringBuilder text) {
        text.append(cluster.getName()).append("  ").append(cluster.getHealth());
        text.append("  generation ").append(cluster.getGeneration());
        text.append("  k3s ")
                .append(cluster.getK3SVersion())
                .append("  etcd ")
                .append(cluster.getEtcdVersion());
        text.append(" (").append(cluster.getEtcdState()).append(")\n");
        if (cluster.getEndpointsCount() > 0) {
            text.append("  endpoint  ").append(String.join(", ", cluster.getEndpointsList()));
            if (cluster.hasVirtualIp()) {
                text.append(", virtual IP ")
                        .append(holders(cluster.getVirtualIp().getHoldersList()));
            }
            text.append('\n');
        }
        if (!cluster.getFaultTolerance().isEmpty()) {
            text.append("  ").append(cluster.getFaultTolerance()).append('\n');
        }
        for (PoolStatus pool : cluster.getPoolsList()) {
            text.append("  pool ").append(pool.getName()).append("  ");
            text.append(pool.getMembers()).append(" of ").append(pool.getMax()).append(" hosts");
            text.append(pool.getLeaving() == 0 ? "" : ", " + pool.getLeaving() + " leaving");
            text.append('\n');
        }
        if (!cluster.getRunningOperation().isEmpty()) {
            text.append("  operation ").append(cluster.getRunningOperation());
            text.append(" runs: davit operations watch ")
                    .append(cluster.getRunningOperation())
                    .append('\n');
        }
        String extremes = extremes(cluster, now);
        if (!extremes.isEmpty()) {
            text.append("  ").append(extremes).append('\n');
        }
        cluster.getProblemsList().forEach(it -> text.append("  ! ").append(it).append('\n'));
        text.append(hosts(cluster, now));
        if (cluster.getHealth().equals("degraded") || cluster.getHealth().equals("down")) {
            text.append("  → davit why ").append(cluster.getName()).append('\n');
        }
        text.append(next(cluster));
    }

    private static String holders(List<String> holders) {
        return holders.isEmpty() ? "on no host" : "on " + String.join(" and ", holders);
    }

    private static String extremes(ClusterStatus cluster, Timestamp now) {
        var extremes = new ArrayList<String>();
        if (cluster.hasOldestReport()) {
            extremes.add(
                    "oldest report %s (%s)"
                            .formatted(
                                    Lengths.of(cluster.getOldestReport().getAge().getSeconds()),
                                    cluster.getOldestReport().getHost()));
        }
        if (cluster.hasNearestExpiry()) {
            var nearest = cluster.getNearestExpiry();
            boolean over = nearest.getNotAfter().getSeconds() < now.getSeconds();
            String length = Lengths.between(now, nearest.getNotAfter());
            extremes.add(
                    "first certificate to end: %s of %s, %s"
                            .formatted(
                                    nearest.getSlot(),
                                    nearest.getHost(),
                                    over ? length + " ago" : "in " + length));
        }
        return String.join("; ", extremes);
    }

    private static Columns hosts(ClusterStatus cluster, Timestamp now) {
        var columns =
                new Columns("  ")
                        .row("HOST", "ADDRESS", "CONNECTION", "SEEN", "ROLE", "SINCE", "HEALTH");
        for (HostStatus host : cluster.getHostsList()) {
            if (host.getRoleStatusCount() == 0) {
                columns.row(
                        host.getName(),
                        host.getAddress(),
                        host.getConnection(),
                        seen(host),
                        String.join(",", host.getRolesList()),
                        "-",
                        "-");
            }
            boolean first = true;
            for (RoleStatus role : host.getRoleStatusList()) {
                columns.row(
                        first ? host.getName() : "",
                        first ? host.getAddress() : "",
                        first ? host.getConnection() : "",
                        first ? seen(host) : "",
                        role.getRole(),
                        role.hasSince() ? Lengths.between(role.getSince(), now) : "-",
                        health(role, now));
                first = false;
            }
        }
        return columns;
    }

    private static String seen(HostStatus host) {
        if (host.hasReportAge()) {
            return Lengths.of(host.getReportAge().getSeconds()) + " ago";
        }
        return host.hasObservationAge()
                ? Lengths.of(host.getObservationAge().getSeconds()) + " ago"
                : "never";
    }

    private static String health(RoleStatus role, Timestamp now) {
        String detail = role.getDetail().isEmpty() ? "" : " " + role.getDetail();
        if (!role.getOk()) {
            return (role.getStanding().equals(WAITING_FOR_CNI) ? WAITING_FOR_CNI : "NOT OK")
                    + detail;
        }
        boolean recent =
                role.hasLastErrorAt()
                        && now.getSeconds() - role.getLastErrorAt().getSeconds() < RECENT_SECONDS;
        return "ok"
                + detail
                + (recent
                        ? " (%s ago %s)"
                                .formatted(
                                        Lengths.between(role.getLastErrorAt(), now),
                                        role.getLastError())
                        : "");
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
