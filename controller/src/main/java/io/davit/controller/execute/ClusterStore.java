package io.davit.controller.execute;

import io.davit.controller.plan.Bindings;
import io.davit.controller.plan.ClusterRecord;
import io.davit.controller.spec.ValidSpec;
import java.util.function.UnaryOperator;

/** What is accepted and remembered of clusters. */
public interface ClusterStore {

    /**
     * The accepted state of a cluster.
     *
     * @throws IllegalStateException when there is no such cluster
     */
    AcceptedCluster load(String cluster);

    /** Changes the record by compare-and-swap, asking again on a conflict; durable on return. */
    void update(String cluster, UnaryOperator<ClusterRecord> change);

    /** Spec, bindings and marks, read together. */
    record AcceptedCluster(ValidSpec spec, Bindings bindings, ClusterRecord record) {}
}
