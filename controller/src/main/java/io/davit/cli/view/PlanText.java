package io.davit.cli.view;

import io.davit.proto.operator.v1.Blocker;
import io.davit.proto.operator.v1.Plan;
import io.davit.proto.operator.v1.PlannedStep;
import io.davit.proto.operator.v1.Problem;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A plan for people: first what stands in the way, then per host what would be done and why, with
 * diffs, then one sentence that counts. The mark before a step tells its effect: {@code +} makes or
 * starts, {@code ~} changes, {@code !} restarts or stops something that runs, {@code -} destroys.
 */
public final class PlanText {

    private PlanText() {}

    public static String of(Plan plan) {
        var text = new StringBuilder();
        text.append("Cluster ")
                .append(plan.getCluster())
                .append(", generation ")
                .append(plan.getGeneration())
                .append('\n');
        versions(plan, text);
        if (plan.getStepsCount() == 0
                && plan.getNewBindingsCount() == 0
                && plan.getBlockersCount() == 0
                && plan.getAwayCount() == 0) {
            text.append("Nothing to do: everything is as the spec wants it.\n");
        }
        changes(plan, text);
        bindings(plan, text);
        if (plan.getRemovalsCount() > 0) {
            text.append('\n').append(removals(plan));
        }
        steps(plan, text);
        plan.getAwayList()
                .forEach(host ->
                        text.append("\naway, so nothing is known of it now: ")
                                .append(host)
                                .append('\n'));
        plan.getWarningsList()
                .forEach(warning -> text.append("\nwarning: ").append(warning).append('\n'));
        if (plan.getBlockersCount() > 0) {
            text.append("\nApply would refuse:\n").append(blockers(plan.getBlockersList()));
        }
        if (plan.getStepsCount() > 0) {
            text.append('\n').append(summary(plan)).append('\n');
        }
        return text.toString();
    }

    private static void versions(Plan plan, StringBuilder text) {
        if (!plan.getK3SVersion().isEmpty()) {
            text.append("k3s ")
                    .append(plan.getK3SVersion())
                    .append(inBrackets(plan.getK3SVersionNote()))
                    .append(", etcd ")
                    .append(plan.getEtcdVersion())
                    .append(inBrackets(plan.getEtcdVersionNote()))
                    .append('\n');
        }
    }

    private static String inBrackets(String note) {
        return note.isEmpty() ? "" : " (" + note + ")";
    }

    private static void changes(Plan plan, StringBuilder text) {
        if (plan.getChangesCount() > 0) {
            var columns = new Columns("  ");
            plan.getChangesList()
                    .forEach(c ->
                            columns.row(c.getPath(), c.getOldValue() + " → " + c.getNewValue()));
            text.append("\nSpec changes\n").append(columns);
        }
    }

    /** The hosts that would leave: "worker-1 worker id … node uid …". */
    public static String removals(Plan plan) {
        var columns = new Columns("  ");
        plan.getRemovalsList()
                .forEach(r ->
                        columns.row(
                                r.getHost(),
                                String.join(", ", r.getRolesList()),
                                "id " + r.getHostId(),
                                (r.getNodeUid().isEmpty() ? "" : "node uid " + r.getNodeUid())
                                        + (r.getUnreachable()
                                                ? "  (given up unreached; wiped if it comes back)"
                                                : "")));
        return "Hosts that will be removed\n" + columns;
    }

    private static void bindings(Plan plan, StringBuilder text) {
        if (plan.getNewBindingsCount() > 0) {
            var columns = new Columns("  ");
            plan.getNewBindingsList()
                    .forEach(b ->
                            columns.row(
                                    b.getHost(),
                                    b.getAddress(),
                                    b.getHostId(),
                                    b.getFingerprintWords()));
            text.append(
                            "\n"
                                + "New bindings (compare the words with `davit-agent fingerprint`"
                                + " on the host)\n")
                    .append(columns);
        }
    }

    private static void steps(Plan plan, StringBuilder text) {
        Map<String, List<PlannedStep>> byHost = new LinkedHashMap<>();
        plan.getStepsList()
                .forEach(s ->
                        byHost.computeIfAbsent(
                                        s.getHost().isEmpty() ? "controller" : s.getHost(),
                                        h -> new ArrayList<>())
                                .add(s));
        byHost.forEach((host, steps) -> {
            text.append('\n').append(host).append('\n');
            steps.forEach(step -> step(step, text));
        });
    }

    private static void step(PlannedStep step, StringBuilder text) {
        String role = step.getRole().isEmpty() ? "" : step.getRole() + ": ";
        text.append("  ")
                .append(mark(step))
                .append(' ')
                .append(role)
                .append(verb(step))
                .append(' ')
                .append(step.getWhat());
        text.append("  (").append(step.getReason()).append(")\n");
        if (!step.getDowntime().isEmpty()) {
            text.append("      downtime: ").append(step.getDowntime()).append('\n');
        }
        if (!step.getCheck().isEmpty()) {
            text.append("      ").append(step.getCheck()).append('\n');
        }
        step.getKnownAfterList().forEach(known -> text.append("      ").append(known).append('\n'));
        step.getDiff().lines().forEach(line -> text.append("      | ").append(line).append('\n'));
        if (!step.getFaultTolerance().isEmpty()) {
            text.append("      ").append(step.getFaultTolerance()).append('\n');
        }
    }

    private static char mark(PlannedStep step) {
        return switch (step.getEffect()) {
            case "restart", "stop" -> '!';
            case "destroy" -> '-';
            case "change" -> '~';
            default -> '+';
        };
    }

    /** The step's kind as a verb: "WriteFile" → "write". */
    static String verb(PlannedStep step) {
        return switch (step.getKind()) {
            case "EnsureArtifact" -> "fetch";
            case "EnsurePackage", "EnsureHeldPackage" -> "install package";
            case "EnsureCertificate" -> "certify";
            case "WriteFile" -> "write";
            case "EnsureService" ->
                    step.getEffect().equals("restart")
                            ? "restart"
                            : step.getEffect().equals("stop") ? "stop" : "run";
            case "RunAction" -> "do";
            case "PrepareRole" -> "prepare";
            case "AwaitHealthy", "AwaitProbe", "AwaitTurn" -> "await";
            case "MayRestart", "MayLeave" -> "ask";
            case "EndBinding", "EndCluster" -> "record";
            case "RemoveRole" -> "remove";
            case "MakeMaterial", "RotateAgentToken" -> "make";
            default -> step.getKind().startsWith("Mark") ? "record" : step.getKind();
        };
    }

    /** Blockers, a line of cause and a line of remedy each. */
    /** What was refused and why, without a last line break. */
    public static String refused(List<Blocker> blockers) {
        return "Refused, nothing was touched:\n" + blockers(blockers).stripTrailing();
    }

    public static String blockers(List<Blocker> blockers) {
        var text = new StringBuilder();
        for (Blocker blocker : blockers) {
            var place = new ArrayList<String>();
            for (String part : List.of(blocker.getHost(), blocker.getRole(), blocker.getStep())) {
                if (!part.isEmpty()) {
                    place.add(part);
                }
            }
            text.append("  ").append(String.join(" ", place));
            text.append(place.isEmpty() ? "" : ": ").append(blocker.getCause()).append('\n');
            if (!blocker.getRemedy().isEmpty()) {
                text.append("    → ").append(blocker.getRemedy()).append('\n');
            }
        }
        return text.toString();
    }

    /** Problems of a spec: {@code file:line:column path: message}, and the remedy below. */
    public static String problems(List<Problem> problems) {
        var text = new StringBuilder();
        for (Problem problem : problems) {
            text.append(problem.getFile())
                    .append(':')
                    .append(problem.getLine())
                    .append(':')
                    .append(problem.getColumn());
            text.append("  ").append(problem.getPath().isEmpty() ? "" : problem.getPath() + ": ");
            text.append(problem.getMessage()).append('\n');
            if (!problem.getRemedy().isEmpty()) {
                text.append("    → ").append(problem.getRemedy()).append('\n');
            }
        }
        return text.toString();
    }

    private static String summary(Plan plan) {
        long hosts =
                plan.getStepsList().stream()
                        .map(PlannedStep::getHost)
                        .filter(h -> !h.isEmpty())
                        .distinct()
                        .count();
        long starts = effects(plan, "start");
        long restarts = effects(plan, "restart");
        long stops = effects(plan, "stop") + effects(plan, "destroy");
        String services =
                "%d start%s, %d restart%s%s"
                        .formatted(
                                starts,
                                starts == 1 ? "" : "s",
                                restarts,
                                restarts == 1 ? "" : "s",
                                stops == 0 ? "" : ", " + stops + " end");
        return "%d step%s on %d host%s: %s."
                .formatted(
                        plan.getStepsCount(),
                        plan.getStepsCount() == 1 ? "" : "s",
                        hosts,
                        hosts == 1 ? "" : "s",
                        services);
    }

    private static long effects(Plan plan, String effect) {
        return plan.getStepsList().stream().filter(s -> s.getEffect().equals(effect)).count();
    }
}
