package io.davit.cli.view;

import com.google.protobuf.Timestamp;
import io.davit.proto.operator.v1.Operation;
import io.davit.proto.operator.v1.OperationEvent;
import io.davit.proto.operator.v1.OperationStep;
import io.davit.proto.operator.v1.StepState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An operation as its events tell it: one line per host with the step in hand, since when, and what
 * it waits for. Events may come twice or in any order of steps; a snapshot replaces everything.
 */
public final class ProgressPicture {

    private static final Set<StepState> ENDED_WELL =
            EnumSet.of(StepState.STEP_STATE_UNCHANGED, StepState.STEP_STATE_CHANGED);
    private static final Set<StepState> ENDED_BADLY =
            EnumSet.of(
                    StepState.STEP_STATE_BLOCKED,
                    StepState.STEP_STATE_FAILED,
                    StepState.STEP_STATE_SKIPPED);
    private static final Set<StepState> IN_HAND =
            EnumSet.of(
                    StepState.STEP_STATE_RUNNING,
                    StepState.STEP_STATE_RETRYING,
                    StepState.STEP_STATE_UNKNOWN);

    private final Map<String, OperationStep> steps = new LinkedHashMap<>();
    private Operation operation = Operation.getDefaultInstance();

    /** Takes an event in. */
    public void take(OperationEvent event) {
        switch (event.getKindCase()) {
            case SNAPSHOT -> replace(event.getSnapshot());
            case STEP -> steps.put(event.getStep().getStep().getId(), event.getStep());
            case ENDED -> replace(event.getEnded());
            case KIND_NOT_SET -> {}
        }
    }

    private void replace(Operation now) {
        operation = now;
        if (now.getStepsCount() > 0) {
            steps.clear();
            now.getStepsList().forEach(step -> steps.put(step.getStep().getId(), step));
        }
    }

    public Operation operation() {
        return operation;
    }

    /**
     * The picture: a head line, then a line per host.
     *
     * @param now for ages
     * @param width longer lines are cut
     */
    public List<String> lines(Instant now, int width) {
        var lines = new ArrayList<String>();
        long ended = steps.values().stream().filter(s -> ENDED_WELL.contains(s.getState())).count();
        lines.add(
                cut(
                        "%s  operation %s  %d of %d steps  %s"
                                .formatted(
                                        operation.getCluster(),
                                        operation.getId(),
                                        ended,
                                        steps.size(),
                                        age(operation.getStartedAt(), now)),
                        width));
        Map<String, List<OperationStep>> byHost = new LinkedHashMap<>();
        steps.values()
                .forEach(s -> byHost.computeIfAbsent(hostOf(s), h -> new ArrayList<>()).add(s));
        int nameWidth = byHost.keySet().stream().mapToInt(String::length).max().orElse(0);
        byHost.forEach((host, all) -> lines.add(cut(hostLine(host, nameWidth, all, now), width)));
        return lines;
    }

    private static String hostLine(
            String host, int nameWidth, List<OperationStep> all, Instant now) {
        long ended = all.stream().filter(s -> ENDED_WELL.contains(s.getState())).count();
        String head =
                "  %s  %s %2d/%-2d  "
                        .formatted(pad(host, nameWidth), symbol(all), ended, all.size());
        var bad = first(all, ENDED_BADLY);
        var current = first(all, IN_HAND).or(() -> bad);
        if (current.isPresent()) {
            var step = current.get();
            String age =
                    IN_HAND.contains(step.getState()) ? age(step.getStartedAt(), now) + "  " : "";
            return head
                    + age
                    + title(step)
                    + (step.getDetail().isEmpty() ? "" : ": " + step.getDetail());
        }
        if (ended == all.size()) {
            return head + "done";
        }
        return head
                + first(all, EnumSet.of(StepState.STEP_STATE_WAITING))
                        .map(s -> "waits to " + title(s) + waitsFor(s, all))
                        .orElse("");
    }

    private static String waitsFor(OperationStep step, List<OperationStep> ofHost) {
        var own = ofHost.stream().map(s -> s.getStep().getId()).toList();
        return step.getStep().getDependsOnList().stream()
                .filter(id -> !own.contains(id))
                .findFirst()
                .map(id -> " after " + id)
                .orElse("");
    }

    private static char symbol(Collection<OperationStep> all) {
        if (all.stream().anyMatch(s -> ENDED_BADLY.contains(s.getState()))) {
            return '✗';
        }
        if (all.stream().allMatch(s -> ENDED_WELL.contains(s.getState()))) {
            return '✓';
        }
        return all.stream().anyMatch(s -> IN_HAND.contains(s.getState())) ? '▸' : '·';
    }

    private static Optional<OperationStep> first(List<OperationStep> all, Set<StepState> states) {
        return all.stream().filter(s -> states.contains(s.getState())).findFirst();
    }

    /**
     * One line for a step whose state changed, for output that is no terminal; empty where there is
     * nothing to say.
     */
    public static Optional<String> plainLine(OperationStep step, Instant operationStart) {
        String word =
                switch (step.getState()) {
                    case STEP_STATE_RUNNING -> step.getDetail().isEmpty() ? "starts" : "...";
                    case STEP_STATE_CHANGED -> "done";
                    case STEP_STATE_UNCHANGED -> "unchanged";
                    case STEP_STATE_RETRYING -> "retries";
                    case STEP_STATE_BLOCKED -> "BLOCKED";
                    case STEP_STATE_FAILED -> "FAILED";
                    case STEP_STATE_UNKNOWN -> "unknown";
                    case STEP_STATE_SKIPPED, // the step that it waited for has said why
                            STEP_STATE_WAITING,
                            STEP_STATE_UNSPECIFIED,
                            UNRECOGNIZED ->
                            "";
                };
        if (word.isEmpty()) {
            return Optional.empty();
        }
        Timestamp at =
                ENDED_WELL.contains(step.getState()) || ENDED_BADLY.contains(step.getState())
                        ? step.getEndedAt()
                        : step.getStartedAt();
        double seconds = Duration.between(operationStart, instant(at)).toMillis() / 1000.0;
        String line =
                "%7.1fs  %-10s  %-9s  %s%s"
                        .formatted(
                                Math.max(0, seconds),
                                hostOf(step),
                                word,
                                title(step),
                                step.getDetail().isEmpty() ? "" : ": " + step.getDetail());
        return Optional.of(
                step.getRemedy().isEmpty() ? line : line + "\n          → " + step.getRemedy());
    }

    private static String title(OperationStep step) {
        String role = step.getStep().getRole();
        String prefix = role.isEmpty() || role.equals("cluster") ? "" : role + " ";
        return prefix + PlanText.verb(step.getStep()) + " " + step.getStep().getWhat();
    }

    private static String hostOf(OperationStep step) {
        return step.getStep().getHost().isEmpty() ? "controller" : step.getStep().getHost();
    }

    /** A message's timestamp. */
    public static Instant instant(Timestamp stamp) {
        return Instant.ofEpochSecond(stamp.getSeconds(), stamp.getNanos());
    }

    private static String age(Timestamp since, Instant now) {
        long seconds = Math.max(0, Duration.between(instant(since), now).toSeconds());
        return seconds < 60 ? seconds + "s" : "%dm%02ds".formatted(seconds / 60, seconds % 60);
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }

    private static String cut(String line, int width) {
        return line.codePointCount(0, line.length()) <= width
                ? line
                : line.substring(0, line.offsetByCodePoints(0, Math.max(0, width - 1))) + "…";
    }
}
