package io.davit.controller.execute;

import io.davit.controller.plan.AgentToken;
import io.davit.controller.plan.Material;

/** CAs, keys and passwords of clusters. */
public interface MaterialSource {

    /** The look-up as of now; {@link Material#NOT_MADE} for a cluster that has none. */
    Material material(String cluster);

    /** Makes and stores a cluster's material, durable on return. Does nothing where it exists. */
    void make(String cluster);

    /**
     * Makes and stores another agent token, durable on return. Does nothing where this version
     * exists; all that referred to an earlier one refers to this one from then on.
     *
     * @throws IllegalStateException when it would not be the next version, or the cluster has no
     *     material
     */
    void rotateAgentToken(String cluster, AgentToken next);
}
