package io.davit.controller.metrics;

import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.execute.OperationRecord;
import io.davit.controller.plan.Drift;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The clusters and what is done to them. */
public interface ClusterSource {

    /** By name. */
    List<AcceptedCluster> clusters();

    /** The newest operation of a cluster, ended or not. */
    Optional<OperationRecord> newestOperation(String cluster);

    /** The newest snapshot that a cluster ever had. */
    default Optional<LastSnapshot> lastSnapshot(String cluster) {
        return Optional.empty();
    }

    /**
     * @param sizeBytes of the file that etcd made
     */
    record LastSnapshot(Instant at, long sizeBytes) {}

    /** What of a cluster is not as applied; empty while that cannot be told. */
    Optional<Drift> drift(String cluster);

    /** None. */
    static ClusterSource none() {
        return new ClusterSource() {
            @Override
            public List<AcceptedCluster> clusters() {
                return List.of();
            }

            @Override
            public Optional<OperationRecord> newestOperation(String cluster) {
                return Optional.empty();
            }

            @Override
            public Optional<Drift> drift(String cluster) {
                return Optional.empty();
            }
        };
    }
}
