package io.davit.cli;

import io.davit.cli.view.StatusText;
import io.davit.proto.operator.v1.ClusterStatus;
import io.davit.proto.operator.v1.StatusRequest;
import io.davit.proto.operator.v1.StatusResponse;
import java.util.concurrent.TimeUnit;

/**
 * What is left to a person when a cluster is as its spec wants it: without a CNI, to install one.
 */
final class LastWords {

    private static final long DEADLINE_SECONDS = 15;

    private LastWords() {}

    /** Tells it, if there is something; what cannot be asked is not told. */
    static void tell(Output out, Connection controller, String cluster) {
        StatusResponse answer;
        try {
            var request = StatusRequest.newBuilder().setCluster(cluster).build();
            answer =
                    controller.ask(c ->
                            c.clusters()
                                    .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
                                    .status(request));
        } catch (CliException e) {
            return;
        }
        for (ClusterStatus status : answer.getClustersList()) {
            String next = StatusText.next(status).stripTrailing();
            if (!next.isEmpty()) {
                out.line(next);
            }
        }
    }
}
