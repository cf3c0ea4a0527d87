package io.davit.controller.plan;

import io.davit.common.HostId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One typed piece of work.
 *
 * @param id "HOST/ROLE/WHAT"; the same work has the same id in every plan
 * @param host spec name of the host it belongs to; empty: the whole cluster
 * @param hostId where it is done; empty: by the controller itself
 * @param role "host", "etcd", "control-plane", "worker", or "cluster"
 * @param dependsOn ids of steps of this plan that must have ended well; earlier steps of the same
 *     host come first anyway
 * @param downtime what is away meanwhile, for people; empty: nothing
 * @param deadline after which it has failed
 * @param knownAfter what cannot be told yet, for people: "content (known after cluster/material)"
 * @param faultTolerance "etcd may lose 1 of 3 after this step", empty where it does not change
 */
public record Step(
        String id,
        String host,
        Optional<HostId> hostId,
        String role,
        Work work,
        Reason reason,
        List<String> dependsOn,
        Effect effect,
        String downtime,
        Duration deadline,
        List<String> knownAfter,
        String faultTolerance) {

    public Step {
        dependsOn = List.copyOf(dependsOn);
        knownAfter = List.copyOf(knownAfter);
    }

    /** Something the controller does itself, and nothing is away meanwhile. */
    static Step byController(
            String id,
            String host,
            String role,
            ControllerWork work,
            Reason reason,
            List<String> after,
            Duration deadline) {
        return new Step(
                id,
                host,
                Optional.empty(),
                role,
                work,
                reason,
                after,
                Effect.NONE,
                "",
                deadline,
                List.of(),
                "");
    }
}
