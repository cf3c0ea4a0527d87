package io.davit.controller.flow;

import io.davit.controller.store.Transaction;

/** What is kept of a cluster elsewhere, and ends with it in the same transaction. */
public interface ClusterEnd {

    /** Nothing is. */
    ClusterEnd NONE = (_, _, _, _) -> {};

    /**
     * Nothing is found under the cluster's name afterwards.
     *
     * @param archived the name that what is kept goes by from now on
     * @param destroy nothing is kept
     */
    void end(Transaction transaction, String cluster, String archived, boolean destroy);

    /** A cluster has ended, durably: what lies outside the state may go. */
    default void ended() {}
}
