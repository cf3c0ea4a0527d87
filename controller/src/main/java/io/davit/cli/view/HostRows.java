package io.davit.cli.view;

import io.davit.cli.view.HostProgress.Standing;
import io.davit.cli.view.StyledLine.Tone;
import io.davit.proto.operator.v1.Operation;
import io.davit.proto.operator.v1.OperationStep;
import io.davit.proto.operator.v1.StepState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The rows of the picture: hosts one by one, or many in one. */
final class HostRows {

    private static final int MOST_NAMED = 3;

    private final CriticalPath path;
    private final Operation operation;
    private final Instant now;
    private final int nameWidth;
    private final int roleWidth;
    private final int countWidth;

    HostRows(
            List<HostProgress> hosts,
            CriticalPath path,
            Operation operation,
            Instant now,
            int longestName) {
        this.path = path;
        this.operation = operation;
        this.now = now;
        this.nameWidth = Math.min(longestName, widest(hosts, HostProgress::name));
        this.roleWidth = widest(hosts, HostProgress::roles);
        this.countWidth = widest(hosts, HostRows::counts);
    }

    private static int widest(List<HostProgress> hosts, Function<HostProgress, String> text) {
        return hosts.stream().map(text).mapToInt(TextWidth::of).max().orElse(0);
    }

    private static String counts(HostProgress host) {
        return host.done() + "/" + host.steps().size();
    }

    /** "» s1 cp 3/9 24s run k3s: GET /readyz answered 503" */
    StyledLine row(HostProgress host, boolean critical) {
        var standing = host.standing();
        String counts = counts(host);
        var line =
                new StyledLine()
                        .add(mark(standing, critical) + " ", critical ? Tone.PATH : tone(standing))
                        .add(TextWidth.pad(TextWidth.cut(host.name(), nameWidth), nameWidth))
                        .add("  " + TextWidth.pad(host.roles(), roleWidth), Tone.FAINT)
                        .add("  " + " ".repeat(countWidth - counts.length()) + counts);
        var current = host.current();
        String age =
                switch (standing) {
                    case DONE -> OperationTimes.length(host.took());
                    case WORKING -> OperationTimes.age(current.orElseThrow().getStartedAt(), now);
                    case WAITING, STOPPED, FAILED ->
                            OperationTimes.age(
                                    host.idleSince().orElse(operation.getStartedAt()), now);
                };
        line.add("  " + " ".repeat(Math.max(0, 6 - age.length())) + age + "  ");
        return current.map(step -> what(line, host, step))
                .orElseGet(() -> line.add("done", Tone.FAINT));
    }

    private StyledLine what(StyledLine line, HostProgress host, OperationStep step) {
        boolean several = host.roles().contains(",") || host.roles().isEmpty();
        String title = several ? Steps.titleWithRole(step) : Steps.title(step);
        String detail = step.getDetail().isEmpty() ? "" : ": " + step.getDetail();
        return switch (host.standing()) {
            case FAILED ->
                    line.add(
                            (step.getState() == StepState.STEP_STATE_BLOCKED
                                            ? "BLOCKED "
                                            : "FAILED ")
                                    + title
                                    + detail,
                            Tone.BAD);
            case WORKING ->
                    switch (step.getState()) {
                        case STEP_STATE_RETRYING ->
                                line.add("tries again to " + title + detail, Tone.CARE);
                        case STEP_STATE_UNKNOWN ->
                                line.add("lost contact at " + title + detail, Tone.CARE);
                        default -> line.add(title + detail);
                    };
            case WAITING -> {
                var waited = waitedFor(host);
                yield waited.isPresent()
                        ? line.add("waits for " + Steps.placed(waited.get()), Tone.FAINT)
                        : line.add("next: " + title, Tone.FAINT);
            }
            case STOPPED -> line.add("stopped before " + title + detail, Tone.FAINT);
            case DONE -> line;
        };
    }

    /**
     * What stands below a failed host's row: the cause, if the row had no room for it, and what to
     * do.
     */
    List<StyledLine> explained(HostProgress host, boolean withCause) {
        var lines = new ArrayList<StyledLine>();
        var failed = host.current().filter(Steps::badly);
        failed.map(OperationStep::getDetail)
                .filter(cause -> withCause && !cause.isEmpty())
                .ifPresent(cause -> lines.add(new StyledLine().add("    " + cause, Tone.BAD)));
        failed.map(OperationStep::getRemedy)
                .filter(remedy -> !remedy.isEmpty())
                .ifPresent(remedy -> lines.add(new StyledLine().add("    → " + remedy, Tone.CARE)));
        return lines;
    }

    /** The first step on another host, or of the controller, that holds it up. */
    private Optional<OperationStep> waitedFor(HostProgress host) {
        return host.current()
                .flatMap(step ->
                        path.before(step).stream()
                                .filter(before -> !Steps.over(before))
                                .filter(before -> !Steps.host(before).equals(host.name()))
                                .min(Comparator.comparing(before -> !Steps.inHand(before))));
    }

    /** Hosts of one kind in one row: "✓ 12 hosts done". */
    StyledLine folded(Standing standing, List<HostProgress> hosts) {
        String count = hosts.size() + (hosts.size() == 1 ? " host " : " hosts ");
        String text =
                switch (standing) {
                    case DONE -> count + "done";
                    case WAITING -> count + (hosts.size() == 1 ? "waits" : "wait") + reasons(hosts);
                    case STOPPED -> count + "stopped, since a step they need failed";
                    case WORKING -> count + "at work";
                    case FAILED -> count + "failed";
                };
        return new StyledLine()
                .add(mark(standing, false) + " ", tone(standing))
                .add(text, standing == Standing.FAILED ? Tone.BAD : Tone.FAINT);
    }

    /** The rest, for which there is no room. */
    StyledLine more(Standing standing, List<HostProgress> hosts) {
        String names =
                String.join(
                        ", ", hosts.stream().limit(MOST_NAMED).map(HostProgress::name).toList());
        return new StyledLine()
                .add(mark(standing, false) + " ", tone(standing))
                .add(
                        "%d more host%s %s: %s%s"
                                .formatted(
                                        hosts.size(),
                                        hosts.size() == 1 ? "" : "s",
                                        standing == Standing.FAILED ? "failed" : "at work",
                                        names,
                                        hosts.size() > MOST_NAMED ? ", …" : ""),
                        Tone.FAINT);
    }

    /** ": 38 for s1, 2 for e1" */
    private String reasons(List<HostProgress> hosts) {
        Map<String, Long> counts =
                hosts.stream()
                        .flatMap(host -> waitedFor(host).stream())
                        .collect(
                                Collectors.groupingBy(
                                        Steps::placed,
                                        java.util.TreeMap::new,
                                        Collectors.counting()));
        String listed =
                String.join(
                        ", ",
                        counts.entrySet().stream()
                                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                                .limit(2)
                                .map(entry ->
                                        (counts.size() == 1 && entry.getValue() == hosts.size()
                                                        ? ""
                                                        : entry.getValue() + " ")
                                                + "for "
                                                + entry.getKey())
                                .toList());
        return listed.isEmpty() ? "" : " " + listed;
    }

    private static String mark(Standing standing, boolean critical) {
        return switch (standing) {
            case FAILED -> "✗";
            case WORKING -> critical ? "»" : "▸";
            case WAITING -> "·";
            case STOPPED -> "-";
            case DONE -> "✓";
        };
    }

    private static Tone tone(Standing standing) {
        return switch (standing) {
            case FAILED -> Tone.BAD;
            case WORKING -> Tone.STRONG;
            case WAITING, STOPPED -> Tone.FAINT;
            case DONE -> Tone.GOOD;
        };
    }
}
