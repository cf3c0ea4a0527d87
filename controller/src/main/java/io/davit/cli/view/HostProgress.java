package io.davit.cli.view;

import com.google.protobuf.Timestamp;
import io.davit.proto.operator.v1.OperationStep;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** One host's steps, and what they say of it. */
record HostProgress(String name, List<OperationStep> steps) {

    private static final Map<String, String> TAGS =
            Map.of(
                    "etcd", "etcd",
                    "load-balancer", "lb",
                    "control-plane", "cp",
                    "worker", "worker");

    /** In the order in which people want to know of them. */
    enum Standing {
        FAILED,
        WORKING,
        WAITING,
        /** Something it needs did not end well. */
        STOPPED,
        DONE
    }

    HostProgress {
        steps = List.copyOf(steps);
    }

    boolean isController() {
        return steps.getFirst().getStep().getHost().isEmpty();
    }

    Standing standing() {
        if (steps.stream().anyMatch(Steps::badly)) {
            return Standing.FAILED;
        }
        if (steps.stream().anyMatch(Steps::inHand)) {
            return Standing.WORKING;
        }
        if (steps.stream().allMatch(Steps::well)) {
            return Standing.DONE;
        }
        return steps.stream().anyMatch(Steps::skipped) ? Standing.STOPPED : Standing.WAITING;
    }

    /** "etcd,lb" */
    String roles() {
        return String.join(
                ",",
                steps.stream()
                        .map(step -> TAGS.getOrDefault(step.getStep().getRole(), ""))
                        .filter(tag -> !tag.isEmpty())
                        .distinct()
                        .toList());
    }

    long done() {
        return steps.stream().filter(Steps::well).count();
    }

    /** The step that its standing comes from. */
    Optional<OperationStep> current() {
        return switch (standing()) {
            case FAILED -> first(Steps::badly);
            case WORKING -> first(Steps::inHand);
            case WAITING -> first(step -> !Steps.over(step));
            case STOPPED -> first(Steps::skipped);
            case DONE -> Optional.empty();
        };
    }

    private Optional<OperationStep> first(Predicate<OperationStep> which) {
        return steps.stream().filter(which).findFirst();
    }

    /** Since when it waits: its last end; empty when it has not begun. */
    Optional<Timestamp> idleSince() {
        return steps.stream()
                .filter(OperationStep::hasEndedAt)
                .map(OperationStep::getEndedAt)
                .max(Comparator.comparing(OperationTimes::instant));
    }

    /** From its first beginning to its last end. */
    Duration took() {
        Optional<Instant> from =
                steps.stream()
                        .filter(OperationStep::hasStartedAt)
                        .map(step -> OperationTimes.instant(step.getStartedAt()))
                        .min(Comparator.naturalOrder());
        Optional<Instant> to = idleSince().map(OperationTimes::instant);
        return from.isPresent() && to.isPresent() && to.get().isAfter(from.get())
                ? Duration.between(from.get(), to.get())
                : Duration.ZERO;
    }
}
