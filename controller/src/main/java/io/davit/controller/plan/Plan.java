package io.davit.controller.plan;

import io.davit.common.HostId;
import java.util.List;

/**
 * The ordered work that turns what is seen into what is wanted. A value: it can be printed, stored,
 * compared and refused. No steps and no blockers means converged.
 *
 * @param steps in an order in which each comes after all it depends on
 * @param newBindings that apply would approve
 * @param removals the hosts that leave; a person approves each by its id
 * @param blockers why apply would refuse
 * @param postponed what an operation does in a later plan, once this one is done; apply begins
 *     nothing with it
 * @param warnings for people; they stop nothing
 * @param away spec names of hosts that are away and not needed now
 * @param digest SHA-256, lower-case hex, of everything that makes this plan what it is
 */
public record Plan(
        String cluster,
        long generation,
        List<Step> steps,
        List<NewBinding> newBindings,
        List<Removal> removals,
        List<Blocker> blockers,
        List<Blocker> postponed,
        List<String> warnings,
        List<String> away,
        String digest) {

    public Plan {
        steps = List.copyOf(steps);
        newBindings = List.copyOf(newBindings);
        removals = List.copyOf(removals);
        blockers = List.copyOf(blockers);
        postponed = List.copyOf(postponed);
        warnings = List.copyOf(warnings);
        away = List.copyOf(away);
    }

    /** Nothing is left to do. */
    public static Plan nothing(String cluster, long generation) {
        return new Draft().finish(cluster, generation);
    }

    /** There is nothing to do and nothing in the way. */
    public boolean converged() {
        return steps.isEmpty()
                && newBindings.isEmpty()
                && blockers.isEmpty()
                && postponed.isEmpty()
                && away.isEmpty();
    }

    /** A spec host that would be bound to an agent. */
    public record NewBinding(String host, HostId hostId, String fingerprintWords, String address) {}

    /**
     * A host that would leave the cluster.
     *
     * @param roles that it had
     * @param nodeUid of its Node object; empty: it has none, or nobody needs to know
     * @param unreachable it is given up where it is
     */
    public record Removal(
            String host, HostId hostId, List<String> roles, String nodeUid, boolean unreachable) {
        public Removal {
            roles = List.copyOf(roles);
        }
    }
}
