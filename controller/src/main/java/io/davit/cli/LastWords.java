package io.davit.cli;

import io.davit.cli.view.StatusText;
import io.davit.proto.operator.v1.ClusterStatus;
import io.davit.proto.operator.v1.StatusRequest;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What is left to a person when a cluster is as its spec wants it: without a CNI, to install one.
 */
final class LastWords {

    private static final long DEADLINE_SECONDS = 15;
    private static final long SETTLING_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final String HEALTHY = "healthy";

    private LastWords() {}

    /** Tells it, if there is something; what cannot be asked is not told. */
    static void tell(Output out, Connection controller, String cluster) {
        ask(controller, cluster).forEach(status -> tell(out, status));
    }

    /**
     * The same right after an operation: load balancers find the last server up some seconds after
     * it is, so a cluster that is not well yet is asked again for a while.
     */
    static void tellOnceSettled(Output out, Connection controller, String cluster) {
        long end = System.nanoTime() + SETTLING_NANOS;
        var answer = ask(controller, cluster);
        while (answer.stream().anyMatch(LastWords::unsettled) && System.nanoTime() < end) {
            LockSupport.parkNanos(PAUSE_NANOS);
            answer = ask(controller, cluster);
        }
        answer.forEach(status -> tell(out, status));
    }

    private static boolean unsettled(ClusterStatus status) {
        return !status.getHealth().equals(HEALTHY) && status.getNextStepsCount() == 0;
    }

    private static List<ClusterStatus> ask(Connection controller, String cluster) {
        var request = StatusRequest.newBuilder().setCluster(cluster).build();
        try {
            return controller
                    .ask(c ->
                            c.clusters()
                                    .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
                                    .status(request))
                    .getClustersList();
        } catch (CliException e) {
            return List.of();
        }
    }

    private static void tell(Output out, ClusterStatus status) {
        String next = StatusText.next(status).stripTrailing();
        if (!next.isEmpty()) {
            out.line(next);
        }
    }
}
