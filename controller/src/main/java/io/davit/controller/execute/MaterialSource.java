package io.davit.controller.execute;

import io.davit.controller.plan.Material;

/** CAs, keys and passwords of clusters. */
public interface MaterialSource {

    /** The look-up as of now; {@link Material#NOT_MADE} for a cluster that has none. */
    Material material(String cluster);

    /** Makes and stores a cluster's material, durable on return. Does nothing where it exists. */
    void make(String cluster);
}
