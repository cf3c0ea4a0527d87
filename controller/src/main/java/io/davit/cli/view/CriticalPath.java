package io.davit.cli.view;

import io.davit.proto.operator.v1.OperationStep;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which chain of steps the operation's length hangs on. Pure.
 *
 * <ol>
 *   <li>A step waits for those it depends on and for the one before it on its host; that is the
 *       graph.
 *   <li>Ahead: each step that is not over is given a length, that of its like in this operation
 *       where one has ended, else a guess by its kind. The longest chain decides; what is in hand
 *       at its beginning is what everything waits for.
 *   <li>Behind: from the step that ended last, back to the one among its predecessors that ended
 *       last, and so on. Each leg's length is what it added: from its predecessor's end to its own.
 * </ol>
 */
public final class CriticalPath {

    private static final Duration GUESSED_SERVICE = Duration.ofSeconds(12);
    private static final Duration GUESSED_WAIT = Duration.ofSeconds(10);
    private static final Duration GUESSED_FETCH = Duration.ofSeconds(8);
    private static final Duration GUESSED_ELSE = Duration.ofSeconds(1);

    private final Map<String, OperationStep> steps = new LinkedHashMap<>();
    private final Map<String, List<OperationStep>> before = new HashMap<>();
    private final Map<String, Duration> likely = new HashMap<>();

    /** Steps in the plan's order. */
    public CriticalPath(Collection<OperationStep> inOrder) {
        inOrder.forEach(step -> steps.put(Steps.id(step), step));
        var lastOfHost = new HashMap<String, OperationStep>();
        for (OperationStep step : inOrder) {
            var predecessors = new ArrayList<OperationStep>();
            for (String id : step.getStep().getDependsOnList()) {
                var predecessor = steps.get(id);
                if (predecessor != null) {
                    predecessors.add(predecessor);
                }
            }
            String host = step.getStep().getHost();
            if (!host.isEmpty()) {
                var previous = lastOfHost.put(host, step);
                if (previous != null && !predecessors.contains(previous)) {
                    predecessors.add(previous);
                }
            }
            before.put(Steps.id(step), predecessors);
        }
        seen().forEach((like, lengths) ->
                likely.put(
                        like,
                        Duration.ofMillis(
                                (long)
                                        lengths.stream()
                                                .mapToLong(Duration::toMillis)
                                                .average()
                                                .orElse(0))));
    }

    private Map<String, List<Duration>> seen() {
        var lengths = new HashMap<String, List<Duration>>();
        for (OperationStep step : steps.values()) {
            if (Steps.well(step) && step.hasStartedAt() && step.hasEndedAt()) {
                lengths.computeIfAbsent(like(step), _ -> new ArrayList<>()).add(worked(step));
            }
        }
        return lengths;
    }

    private static String like(OperationStep step) {
        var planned = step.getStep();
        return planned.getRole() + "/" + planned.getKind() + "/" + planned.getWhat();
    }

    /** How long a step that ended was in hand. */
    static Duration worked(OperationStep step) {
        return positive(
                Duration.between(
                        OperationTimes.instant(step.getStartedAt()),
                        OperationTimes.instant(step.getEndedAt())));
    }

    /** The steps that must be over before this one begins. */
    List<OperationStep> before(OperationStep step) {
        return before.getOrDefault(Steps.id(step), List.of());
    }

    /**
     * What is still to come on the longest chain, the step in hand first. Empty when nothing is in
     * hand.
     */
    public List<OperationStep> ahead(Instant now) {
        var after = new HashMap<String, List<OperationStep>>();
        before.forEach((id, predecessors) ->
                predecessors.forEach(predecessor ->
                        after.computeIfAbsent(Steps.id(predecessor), _ -> new ArrayList<>())
                                .add(steps.get(id))));
        var lengths = new HashMap<String, Duration>();
        var next = new HashMap<String, OperationStep>();
        // predecessors stand before their followers in a plan: backwards, each is settled in time
        for (OperationStep step : List.copyOf(steps.values()).reversed()) {
            Duration longest = Duration.ZERO;
            for (OperationStep follower : after.getOrDefault(Steps.id(step), List.of())) {
                Duration length = lengths.getOrDefault(Steps.id(follower), Duration.ZERO);
                if (!Steps.over(follower) && length.compareTo(longest) > 0) {
                    longest = length;
                    next.put(Steps.id(step), follower);
                }
            }
            lengths.put(Steps.id(step), longest.plus(left(step, now)));
        }
        var chain = new ArrayList<OperationStep>();
        Optional<OperationStep> first =
                steps.values().stream()
                        .filter(Steps::inHand)
                        .max(
                                Comparator.comparing((OperationStep s) ->
                                                lengths.getOrDefault(Steps.id(s), Duration.ZERO))
                                        .thenComparing(
                                                s -> OperationTimes.instant(s.getStartedAt()),
                                                Comparator.reverseOrder()));
        for (var step = first; step.isPresent(); ) {
            chain.add(step.get());
            step = Optional.ofNullable(next.get(Steps.id(step.get())));
        }
        return List.copyOf(chain);
    }

    private Duration left(OperationStep step, Instant now) {
        if (Steps.over(step)) {
            return Duration.ZERO;
        }
        Duration whole = likely.getOrDefault(like(step), guess(step));
        if (!Steps.inHand(step)) {
            return whole;
        }
        var elapsed = Duration.between(OperationTimes.instant(step.getStartedAt()), now);
        return positive(whole.minus(elapsed)).plusMillis(1); // it is not over yet
    }

    private static Duration guess(OperationStep step) {
        return switch (step.getStep().getKind()) {
            case "EnsureService" -> GUESSED_SERVICE;
            case "AwaitHealthy", "AwaitProbe" -> GUESSED_WAIT;
            case "EnsureArtifact", "EnsurePackage", "EnsureHeldPackage" -> GUESSED_FETCH;
            default -> GUESSED_ELSE;
        };
    }

    private static Duration positive(Duration length) {
        return length.isNegative() ? Duration.ZERO : length;
    }

    /** A step on the way, and what it added to it. */
    public record Leg(OperationStep step, Duration added) {}

    /**
     * The way that was gone, in its order; its lengths add up to the time from the start to the
     * last end.
     *
     * @param start of the operation
     */
    public List<Leg> behind(Instant start) {
        var legs = new ArrayDeque<Leg>();
        var step = lastEnded(steps.values());
        while (step.isPresent()) {
            var predecessor = lastEnded(before(step.get()));
            Instant from =
                    predecessor.map(p -> OperationTimes.instant(p.getEndedAt())).orElse(start);
            Instant to = OperationTimes.instant(step.get().getEndedAt());
            legs.addFirst(new Leg(step.get(), positive(Duration.between(from, to))));
            step = predecessor;
        }
        return List.copyOf(legs);
    }

    private static Optional<OperationStep> lastEnded(Collection<OperationStep> of) {
        return of.stream()
                .filter(step -> step.hasEndedAt() && step.hasStartedAt())
                .max(Comparator.comparing(step -> OperationTimes.instant(step.getEndedAt())));
    }
}
