package io.davit.controller.execute;

import io.davit.common.HostId;
import io.davit.controller.plan.AgentWork;
import io.davit.controller.plan.Bindings;
import io.davit.controller.plan.ControllerWork;
import io.davit.controller.plan.Effect;
import io.davit.controller.plan.Plan;
import io.davit.controller.plan.Step;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a person approved: a plan made on the way may do a part of it, and nothing else.
 *
 * @param generation of the spec
 * @param bindings name → HostId of all hosts
 * @param effects "HOST ROLE EFFECT"; an approved effect includes {@link Effect#NONE} on that host
 *     and role
 * @param destructiveIds every id that a destructive step names
 */
public record Envelope(
        long generation,
        Map<String, HostId> bindings,
        Set<String> effects,
        Set<String> destructiveIds) {

    public Envelope {
        bindings = Collections.unmodifiableSortedMap(new TreeMap<>(bindings));
        effects = Collections.unmodifiableSortedSet(new TreeSet<>(effects));
        destructiveIds = Collections.unmodifiableSortedSet(new TreeSet<>(destructiveIds));
    }

    /** What approving this plan means; {@code bindings} include the plan's new ones. */
    public static Envelope of(Plan plan, Bindings bindings) {
        var effects = new TreeSet<String>();
        var ids = new TreeSet<String>();
        for (Step step : plan.steps()) {
            effects.add(effect(step, step.effect()));
            effects.add(effect(step, Effect.NONE));
            ids.addAll(destructiveIds(step));
        }
        return new Envelope(plan.generation(), bindings.byName(), effects, ids);
    }

    /** This, and what these steps do. */
    public Envelope with(List<Step> approved) {
        var more = new TreeSet<>(effects);
        var ids = new TreeSet<>(destructiveIds);
        for (Step step : approved) {
            more.add(effect(step, step.effect()));
            more.add(effect(step, Effect.NONE));
            ids.addAll(destructiveIds(step));
        }
        return new Envelope(generation, bindings, more, ids);
    }

    /** The steps of a plan that go beyond this; all of them if spec or bindings are others. */
    public List<Step> outside(Plan plan, Bindings now) {
        if (plan.generation() != generation || !follows(now)) {
            return plan.steps();
        }
        return plan.steps().stream().filter(step -> !holds(step)).toList();
    }

    /** The bindings are those that were approved, but for hosts that were to leave and have. */
    private boolean follows(Bindings now) {
        return bindings.entrySet().stream()
                        .allMatch(approved ->
                                now.host(approved.getKey())
                                        .map(approved.getValue()::equals)
                                        .orElse(
                                                destructiveIds.contains(
                                                        approved.getValue().value())))
                && bindings.keySet().containsAll(now.byName().keySet());
    }

    private boolean holds(Step step) {
        return (effects.contains(effect(step, step.effect())) || marks(step))
                && destructiveIds.containsAll(destructiveIds(step));
    }

    /**
     * Labels and taints of the approved spec's own hosts: they are that spec's, and whether they
     * are owed may be told only once a server answers again.
     */
    private boolean marks(Step step) {
        return step.work() instanceof AgentWork.RunAction action
                && action.action().equals("node-mark")
                && step.effect() == Effect.NONE
                && bindings.containsKey(step.host());
    }

    private static String effect(Step step, Effect effect) {
        return step.host() + " " + step.role() + " " + effect.text();
    }

    private static List<String> destructiveIds(Step step) {
        return switch (step.work()) {
            case AgentWork.RemoveRole remove -> List.of(remove.host().id());
            case ControllerWork.EndBinding end -> List.of(end.hostId().id());
            case ControllerWork.RotateAgentToken rotate ->
                    rotate.without().keySet().stream().map(HostId::value).toList();
            case AgentWork.RunAction action when step.effect() == Effect.DESTROY ->
                    List.of(action.args().getOrDefault("uid", ""));
            case AgentWork _, ControllerWork _ -> List.of();
        };
    }
}
