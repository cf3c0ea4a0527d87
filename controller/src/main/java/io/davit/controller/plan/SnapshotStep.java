package io.davit.controller.plan;

import io.davit.controller.plan.AgentWork.StoreBlob;
import io.davit.controller.plan.Reason.Why;
import io.davit.controller.spec.Role;
import java.util.List;
import java.util.Optional;

/**
 * Plans a snapshot of etcd: one step on the host that was chosen when it was asked for. Whatever
 * else the spec wants is another plan's. A snapshot that is held already is not planned again; its
 * plan is never asked for.
 */
final class SnapshotStep {

    /** Name in the agents' profile of role etcd. */
    static final String BLOB = "snapshot";

    private SnapshotStep() {}

    static void plan(PlanInput input, Consent.Snapshot wanted, Draft draft) {
        String name = wanted.host();
        var host = input.bindings().host(name).flatMap(input.observed()::host);
        if (host.isEmpty()) {
            draft.block(
                    new Blocker(
                            name,
                            Role.ETCD.text(),
                            "",
                            "it is no host of this cluster any more",
                            "take another snapshot"));
        } else if (!host.get().connected() || host.get().observation().isEmpty()) {
            draft.away(name);
            draft.block(
                    new Blocker(
                            name,
                            Role.ETCD.text(),
                            "",
                            "it is away",
                            "take another snapshot: a member that is there gives it"));
        } else {
            draft.add(
                    new Step(
                            name + "/etcd/" + BLOB,
                            name,
                            Optional.of(host.get().hostId()),
                            Role.ETCD.text(),
                            new StoreBlob(BLOB, wanted.name()),
                            new Reason(Why.ASKED, ""),
                            List.of(),
                            Effect.NONE,
                            "",
                            Deadlines.SNAPSHOT,
                            List.of(),
                            ""));
        }
    }
}
