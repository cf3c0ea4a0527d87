package io.davit.controller.plan;

import io.davit.controller.observe.ObservedCluster;
import io.davit.controller.spec.ValidSpec;
import java.time.Instant;

/**
 * Everything that a plan depends on, and nothing else.
 *
 * @param now on the controller's clock, for certificates only
 * @param consent of a person, beyond the spec
 */
public record PlanInput(
        ValidSpec spec,
        Bindings bindings,
        ClusterRecord record,
        ObservedCluster observed,
        Catalog catalog,
        Material material,
        Instant now,
        Consent consent) {}
