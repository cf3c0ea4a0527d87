package io.davit.controller.plan;

import io.davit.controller.plan.Reason.Why;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What of a cluster is not as it was applied. A service that only does not run is no drift: health
 * tells that. Nor is what merely goes with such work, as waiting for a turn.
 *
 * @param hosts what differs, in the plan's words, by spec host name; empty where all is as applied;
 *     hosts that cannot be told of are not there; an empty name stands for the cluster as a whole
 */
public record Drift(SortedMap<String, List<String>> hosts) {

    private static final Set<Why> DIFFERENCES =
            EnumSet.of(
                    Why.ABSENT,
                    Why.DIFFERS,
                    Why.INPUTS_CHANGED,
                    Why.CERTIFICATE_ENDS,
                    Why.LEFT_SPEC);

    public Drift {
        hosts = Collections.unmodifiableSortedMap(new TreeMap<>(hosts));
    }

    /**
     * What a plan of the accepted spec tells; empty where something that is about no host keeps it
     * from being a plan.
     *
     * @param names the spec's hosts
     */
    public static Optional<Drift> of(Plan plan, List<String> names) {
        var differences = new TreeMap<String, List<String>>();
        for (Step step : plan.steps()) {
            if (DIFFERENCES.contains(step.reason().why())) {
                differences
                        .computeIfAbsent(step.host(), _ -> new ArrayList<>())
                        .add("%s %s: %s".formatted(step.role(), step.work().what(), step.reason()));
            }
        }
        var silent = new HashSet<>(plan.away());
        plan.blockers().forEach(blocker -> silent.add(blocker.host()));
        if (plan.steps().isEmpty() && silent.contains("")) {
            return Optional.empty();
        }
        for (String name : names) {
            if (!silent.contains(name)) {
                differences.putIfAbsent(name, List.of());
            }
        }
        return Optional.of(new Drift(differences));
    }
}
