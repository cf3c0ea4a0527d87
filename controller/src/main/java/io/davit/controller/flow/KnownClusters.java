package io.davit.controller.flow;

import io.davit.common.Names;
import io.davit.common.Nearest;
import io.davit.controller.access.Answers;
import io.davit.controller.execute.OperationRecord;
import io.davit.controller.execute.OperationStore;
import io.grpc.Status;

/** Clusters that are there or were: each began with an operation. */
final class KnownClusters {

    private KnownClusters() {}

    /**
     * Refuses a name that no cluster has or had.
     *
     * @param cluster empty for all
     * @throws io.grpc.StatusRuntimeException that names it, and what was meant
     */
    static void require(OperationStore operations, String cluster) {
        if (cluster.isEmpty() || !operations.list(cluster, 1).isEmpty()) {
            return;
        }
        var known =
                operations.list("", Integer.MAX_VALUE).stream()
                        .map(OperationRecord::cluster)
                        .distinct()
                        .toList();
        throw Answers.refusal(
                Status.NOT_FOUND,
                "there is no cluster "
                        + Names.printable(cluster)
                        + Nearest.hint(cluster, known)
                        + "\n  → davit clusters lists them");
    }
}
