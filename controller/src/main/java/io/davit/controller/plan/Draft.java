package io.davit.controller.plan;

import io.davit.common.Digests;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** A plan in the making. Steps stay in the order in which they are drafted. */
public final class Draft {

    private final List<Step> steps = new ArrayList<>();
    private final Set<String> ids = new HashSet<>();
    private final List<Plan.NewBinding> newBindings = new ArrayList<>();
    private final List<Plan.Removal> removals = new ArrayList<>();
    private final List<Blocker> blockers = new ArrayList<>();
    private final List<Blocker> postponed = new ArrayList<>();
    private final Set<String> warnings = new TreeSet<>();
    private final Set<String> away = new TreeSet<>();
    private final Map<Milestone, List<String>> milestones = new EnumMap<>(Milestone.class);

    Draft() {}

    /**
     * Adds a step.
     *
     * @throws IllegalStateException when its id is taken or it depends on a step that is not
     *     drafted yet: the planner itself would be wrong
     */
    public void add(Step step) {
        if (!ids.add(step.id())) {
            throw new IllegalStateException("step " + step.id() + " is drafted twice");
        }
        var before = new ArrayList<>(step.dependsOn());
        if (step.work() instanceof ControllerWork.AwaitTurn turn) {
            before.addAll(turn.after());
        }
        if (!ids.containsAll(before)) {
            throw new IllegalStateException("step " + step.id() + " comes before one of " + before);
        }
        steps.add(step);
    }

    public void bind(Plan.NewBinding binding) {
        newBindings.add(binding);
    }

    public void remove(Plan.Removal removal) {
        removals.add(removal);
    }

    public void block(Blocker blocker) {
        if (!blockers.contains(blocker)) {
            blockers.add(blocker);
        }
    }

    /** What cannot be drafted now, and can when the rest of this plan is done. */
    public void postpone(Blocker blocker) {
        postponed.add(blocker);
    }

    public void warn(String warning) {
        warnings.add(warning);
    }

    public void away(String host) {
        away.add(host);
    }

    /** Says which steps must have ended for a milestone; none when it lies in the past. */
    public void reached(Milestone milestone, List<String> afterSteps) {
        milestones.put(milestone, List.copyOf(afterSteps));
    }

    /** The steps to depend on when work needs a milestone. */
    public List<String> after(Milestone milestone) {
        return milestones.getOrDefault(milestone, List.of());
    }

    /** The ids of a host's last drafted step, if it has any. */
    public List<String> lastOf(String host) {
        for (int i = steps.size() - 1; i >= 0; i--) {
            if (steps.get(i).host().equals(host)) {
                return List.of(steps.get(i).id());
            }
        }
        return List.of();
    }

    public boolean has(String stepId) {
        return ids.contains(stepId);
    }

    List<Blocker> blockers() {
        return List.copyOf(blockers);
    }

    List<Step> steps() {
        return List.copyOf(steps);
    }

    Plan finish(String cluster, long generation) {
        String all =
                String.join(
                        "\n",
                        cluster,
                        "" + generation,
                        "" + steps,
                        "" + newBindings,
                        "" + removals,
                        "" + blockers,
                        "" + postponed,
                        "" + away);
        return new Plan(
                cluster,
                generation,
                steps,
                newBindings,
                removals,
                blockers,
                postponed,
                List.copyOf(warnings),
                List.copyOf(away),
                Digests.sha256Hex(all));
    }
}
