package io.davit.cli.view;

import io.davit.cli.view.HostProgress.Standing;
import io.davit.cli.view.StyledLine.Tone;
import io.davit.proto.operator.v1.Operation;
import io.davit.proto.operator.v1.OperationState;
import io.davit.proto.operator.v1.OperationStep;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;

/**
 * An operation on one screen: how far it is, what everything waits for, a row per host, and what
 * the steps in hand print last. A pure function of the operation, the time and the screen.
 *
 * <p>What does not fit is folded, the least interesting first: hosts that are done, then those that
 * wait, those that were stopped, and at last some of those at work. Failed hosts stand on top, with
 * their cause; the host on the critical path is always shown, marked {@code »}.
 */
public final class ProgressPicture {

    private static final int HEAD = 2;
    private static final int LONGEST_NAME = 24;
    private static final int MOST_LOG_LINES = 12;
    private static final int FEWEST_LOG_LINES = 2;
    private static final String STATE_PREFIX = "OPERATION_STATE_";

    private final Progress progress;
    private final Instant now;
    private final CriticalPath path;
    private final List<OperationStep> ahead;
    private final String criticalHost;
    private final List<HostProgress> hosts;
    private final HostRows rows;

    private ProgressPicture(Progress progress, Instant now) {
        this.progress = progress;
        this.now = now;
        this.path = new CriticalPath(progress.steps());
        this.ahead = path.ahead(now);
        this.criticalHost = ahead.isEmpty() ? "" : Steps.host(ahead.getFirst());
        this.hosts = progress.hosts().stream().filter(ProgressPicture::matters).toList();
        this.rows = new HostRows(hosts, path, progress.operation(), now, LONGEST_NAME);
    }

    /**
     * Draws it.
     *
     * @param now for ages
     * @param width columns of the screen, for what stands at its right edge
     * @param height most lines
     */
    public static List<StyledLine> of(Progress progress, Instant now, int width, int height) {
        return new ProgressPicture(progress, now).draw(width, Math.max(HEAD + 1, height));
    }

    private List<StyledLine> draw(int width, int height) {
        var lines = new ArrayList<StyledLine>();
        lines.add(head(width));
        lines.add(criticalLine());
        lines.addAll(hostLines(height - HEAD, width));
        lines.addAll(log(height - lines.size()));
        return lines;
    }

    /** What the controller does itself is shown while it does it. */
    private static boolean matters(HostProgress host) {
        return !host.isController()
                || host.standing() == Standing.FAILED
                || host.standing() == Standing.WORKING;
    }

    private StyledLine head(int width) {
        Operation operation = progress.operation();
        var steps = progress.steps();
        var machines = progress.hosts().stream().filter(host -> !host.isController()).toList();
        String counts =
                "%d of %d steps, %d of %d hosts"
                        .formatted(
                                steps.stream().filter(Steps::well).count(),
                                steps.size(),
                                machines.stream()
                                        .filter(h -> h.standing() == Standing.DONE)
                                        .count(),
                                machines.size());
        Instant until =
                operation.hasEndedAt() ? OperationTimes.instant(operation.getEndedAt()) : now;
        var line =
                new StyledLine()
                        .add(operation.getCluster(), Tone.STRONG)
                        .add("  operation " + operation.getId() + "  ")
                        .add(state(operation.getState()))
                        .add("  " + OperationTimes.age(operation.getStartedAt(), until));
        return line.fill(Math.max(line.width() + 2, width - TextWidth.of(counts))).add(counts);
    }

    private static String state(OperationState state) {
        return state.name()
                .substring(STATE_PREFIX.length())
                .toLowerCase(Locale.ROOT)
                .replace('_', ' ');
    }

    private StyledLine criticalLine() {
        if (ahead.isEmpty()) {
            return new StyledLine();
        }
        var first = ahead.getFirst();
        int after = ahead.size() - 1;
        String rest =
                after == 0
                        ? "; it is the last"
                        : "; then %d more step%s".formatted(after, after == 1 ? "" : "s");
        return new StyledLine()
                .add("critical path  ", Tone.FAINT)
                .add(Steps.placed(first), Tone.PATH)
                .add(", " + OperationTimes.age(first.getStartedAt(), now) + rest);
    }

    /** At most so many lines, but one for each kind of host in any case. */
    private List<StyledLine> hostLines(int room, int width) {
        var shown = new ArrayList<>(of(Standing.FAILED));
        hosts.stream().filter(h -> h.standing() != Standing.FAILED).forEach(shown::add);
        if (shown.size() > room) {
            return folded(room);
        }
        var lines = new ArrayList<StyledLine>();
        var explained = new ArrayList<StyledLine>();
        for (HostProgress host : shown) {
            var row = row(host);
            lines.add(row);
            explained.add(row);
            explained.addAll(rows.explained(host, row.width() > width));
        }
        return explained.size() <= room ? explained : lines;
    }

    private StyledLine row(HostProgress host) {
        return rows.row(host, host.name().equals(criticalHost));
    }

    private List<StyledLine> folded(int room) {
        var folded = new HashSet<Standing>();
        for (Standing standing : List.of(Standing.DONE, Standing.WAITING, Standing.STOPPED)) {
            if (needed(folded) > room) {
                folded.add(standing);
            }
        }
        int spare =
                room
                        - (int)
                                hosts.stream()
                                        .map(HostProgress::standing)
                                        .distinct()
                                        .filter(folded::contains)
                                        .count();
        var lines = new ArrayList<StyledLine>();
        var failed = of(Standing.FAILED);
        var others =
                hosts.stream()
                        .filter(h -> h.standing() != Standing.FAILED)
                        .filter(h -> !folded.contains(h.standing()))
                        .toList();
        int forOthers = Math.min(others.size(), Math.max(2, spare - failed.size()));
        lines.addAll(some(failed, spare - forOthers, Standing.FAILED));
        lines.addAll(some(others, spare - lines.size(), Standing.WORKING));
        for (Standing standing : List.of(Standing.WAITING, Standing.STOPPED, Standing.DONE)) {
            var which = of(standing);
            if (folded.contains(standing) && !which.isEmpty()) {
                lines.add(rows.folded(standing, which));
            }
        }
        return lines;
    }

    private List<HostProgress> of(Standing standing) {
        return hosts.stream().filter(host -> host.standing() == standing).toList();
    }

    private long needed(HashSet<Standing> folded) {
        return hosts.stream().filter(h -> !folded.contains(h.standing())).count()
                + hosts.stream()
                        .map(HostProgress::standing)
                        .distinct()
                        .filter(folded::contains)
                        .count();
    }

    /** As many as there is room for, in their order, the one on the critical path among them. */
    private List<StyledLine> some(List<HostProgress> which, int room, Standing standing) {
        var lines = new ArrayList<StyledLine>();
        if (which.size() <= room) {
            which.forEach(host -> lines.add(row(host)));
            return lines;
        }
        int places = Math.max(0, room - 1);
        boolean critical = false;
        var left = new ArrayList<HostProgress>();
        for (HostProgress host : which) {
            boolean isCritical = host.name().equals(criticalHost);
            boolean comes = which.stream().anyMatch(h -> h.name().equals(criticalHost));
            int kept = comes && !critical && !isCritical ? 1 : 0; // a place for it
            if (lines.size() + kept < places) {
                lines.add(row(host));
                critical |= isCritical;
            } else {
                left.add(host);
            }
        }
        if (room > 0) {
            lines.add(rows.more(standing, left));
        }
        return lines;
    }

    /** What the steps in hand, and those that failed, printed last. */
    private List<StyledLine> log(int room) {
        var lines = new ArrayList<StyledLine>();
        for (OperationStep step : progress.steps()) {
            if (Steps.inHand(step) || Steps.badly(step)) {
                step.getLogLinesList()
                        .forEach(line ->
                                lines.add(
                                        new StyledLine()
                                                .add(Steps.host(step) + " | ", Tone.FAINT)
                                                .add(line)));
            }
        }
        int fits = Math.min(MOST_LOG_LINES, room - 1);
        if (lines.isEmpty() || fits < Math.min(FEWEST_LOG_LINES, lines.size())) {
            return List.of();
        }
        var window = new ArrayList<StyledLine>();
        window.add(new StyledLine().add("last log lines", Tone.FAINT));
        window.addAll(lines.subList(Math.max(0, lines.size() - fits), lines.size()));
        return window;
    }
}
