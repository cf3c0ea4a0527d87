package io.davit.controller.plan;

import io.davit.controller.observe.ObservedCluster;
import io.davit.controller.spec.ValidSpec;
import java.time.Instant;

/**
 * Everything that a plan depends on, and nothing else.
 *
 * @param now on the controller's clock, for certificates only
 * @param allowDowntime a person accepts that a service which stands alone is away meanwhile
 */
public record PlanInput(
        ValidSpec spec,
        Bindings bindings,
        ClusterRecord record,
        ObservedCluster observed,
        Catalog catalog,
        Material material,
        Instant now,
        boolean allowDowntime) {}
