package io.davit.cli.view;

import io.davit.cli.view.CriticalPath.Leg;
import io.davit.proto.operator.v1.OperationStep;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Where the time of an operation went: the hosts, the slowest steps, the critical path. */
public final class ProgressSummary {

    private static final int MOST_HOSTS = 5;
    private static final int MOST_STEPS = 5;
    private static final int MOST_LEGS = 8;
    private static final int FEWEST_STEPS = 4;
    private static final Duration WORTH_A_LINE = Duration.ofMillis(300);

    private ProgressSummary() {}

    /** Lines; none where the operation did next to nothing. */
    public static List<String> of(Progress progress) {
        var steps =
                progress.steps().stream()
                        .filter(step -> step.hasStartedAt() && step.hasEndedAt())
                        .toList();
        if (steps.size() < FEWEST_STEPS) {
            return List.of();
        }
        var lines = new ArrayList<String>();
        hosts(progress, lines);
        slowest(steps, lines);
        path(progress, lines);
        return lines;
    }

    private static void hosts(Progress progress, List<String> lines) {
        var hosts =
                progress.hosts().stream()
                        .sorted(Comparator.comparing(HostProgress::took).reversed())
                        .toList();
        lines.add("Hosts, from their first step to their last:");
        var columns = new Columns("  ");
        hosts.stream()
                .limit(MOST_HOSTS)
                .forEach(host ->
                        columns.row(
                                seconds(host.took()),
                                host.name(),
                                host.roles(),
                                host.steps().size() + " steps"));
        columns.toString().lines().forEach(lines::add);
        if (hosts.size() > MOST_HOSTS) {
            lines.add(
                    "  and %d more, each %s at most"
                            .formatted(
                                    hosts.size() - MOST_HOSTS,
                                    seconds(hosts.get(MOST_HOSTS).took()).strip()));
        }
    }

    private static void slowest(List<OperationStep> steps, List<String> lines) {
        lines.add("Slowest steps:");
        steps.stream()
                .sorted(Comparator.comparing(CriticalPath::worked).reversed())
                .limit(MOST_STEPS)
                .forEach(step ->
                        lines.add(
                                "  "
                                        + seconds(CriticalPath.worked(step))
                                        + "  "
                                        + Steps.placed(step)));
    }

    private static void path(Progress progress, List<String> lines) {
        Instant start = OperationTimes.instant(progress.operation().getStartedAt());
        var legs = new CriticalPath(progress.steps()).behind(start);
        Duration whole = sum(legs);
        lines.add("Critical path, " + seconds(whole).strip() + ":");
        var longest =
                legs.stream()
                        .filter(leg -> leg.added().compareTo(WORTH_A_LINE) >= 0)
                        .sorted(Comparator.comparing(Leg::added).reversed())
                        .limit(MOST_LEGS)
                        .toList();
        var rest = legs.stream().filter(leg -> !longest.contains(leg)).toList();
        legs.stream()
                .filter(longest::contains)
                .forEach(leg ->
                        lines.add("  " + seconds(leg.added()) + "  " + Steps.placed(leg.step())));
        if (!rest.isEmpty()) {
            lines.add(
                    "  %s  in %d shorter step%s on it"
                            .formatted(
                                    seconds(sum(rest)), rest.size(), rest.size() == 1 ? "" : "s"));
        }
    }

    private static Duration sum(List<Leg> legs) {
        return legs.stream().map(Leg::added).reduce(Duration.ZERO, Duration::plus);
    }

    private static String seconds(Duration length) {
        return "%6.1fs".formatted(length.toMillis() / 1000.0);
    }
}
