package io.davit.cli.view;

import io.davit.proto.operator.v1.AgentPackage;
import io.davit.proto.operator.v1.AgentsUpgrade;
import io.davit.proto.operator.v1.Blocker;
import io.davit.proto.operator.v1.HostAgent;
import io.davit.proto.operator.v1.ListAgentsResponse;
import io.davit.proto.operator.v1.UpgradeAgentsResponse;
import io.davit.proto.operator.v1.UpgradedHost;
import java.util.LinkedHashMap;
import java.util.List;

/** The agents' builds, and an upgrade of them, for people. */
public final class AgentsText {

    private AgentsText() {}

    /** What each host runs, what there is, and how the newest upgrade stands. */
    public static String of(ListAgentsResponse answer) {
        var text = new StringBuilder();
        if (answer.getAgentsCount() == 0) {
            text.append("no hosts yet\n");
        } else {
            var rows = new Columns("").row("HOST", "VERSION", "BUILD", "STANDING", "");
            for (HostAgent agent : answer.getAgentsList()) {
                rows.row(
                        name(agent),
                        orDash(agent.getVersion()),
                        orDash(shortBuild(agent.getVersion(), agent.getBuild())),
                        agent.getStanding(),
                        agent.getRemedy());
            }
            text.append(rows);
        }
        text.append("controller ").append(answer.getControllerVersion()).append('\n');
        for (AgentPackage each : answer.getPackagesList()) {
            text.append("has agent ")
                    .append(each.getBuild())
                    .append(" for ")
                    .append(each.getArch())
                    .append(each.getOwn() ? "" : ", imported")
                    .append('\n');
        }
        if (answer.getOutdated() > 0) {
            text.append(answer.getOutdated())
                    .append(answer.getOutdated() == 1 ? " agent is" : " agents are")
                    .append(" outdated: davit agents upgrade\n");
        }
        if (answer.hasNewestUpgrade() && !answer.getNewestUpgrade().getState().equals("done")) {
            text.append(upgrade(answer.getNewestUpgrade()));
        }
        return text.toString();
    }

    private static String name(HostAgent agent) {
        return agent.getCluster().isEmpty()
                ? agent.getHostname()
                : agent.getCluster() + "/" + agent.getNameInCluster();
    }

    private static String orDash(String text) {
        return text.isEmpty() ? "-" : text;
    }

    /** Without the version, which stands before it. */
    private static String shortBuild(String version, String build) {
        return build.startsWith(version + "-") ? build.substring(version.length() + 1) : build;
    }

    private static String upgrade(AgentsUpgrade upgrade) {
        var text = new StringBuilder();
        text.append("upgrade ")
                .append(upgrade.getId())
                .append(" to ")
                .append(upgrade.getVersion())
                .append(": ")
                .append(upgrade.getState())
                .append('\n');
        for (UpgradedHost host : upgrade.getHostsList()) {
            text.append("  ").append(line(host)).append('\n');
            host.getLogLinesList()
                    .forEach(logged -> text.append("    | ").append(logged).append('\n'));
        }
        if (!upgrade.getWaitsFor().isEmpty()) {
            text.append("  waits: ").append(upgrade.getWaitsFor()).append('\n');
        }
        return text.append(causes(upgrade.getCausesList())).toString();
    }

    /** A host of an upgrade, in one line. */
    public static String line(UpgradedHost host) {
        String what =
                host.getState().equals("done") && host.hasStartedAt()
                        ? "%s → %s after %s"
                                .formatted(
                                        host.getFromBuild(),
                                        host.getToBuild(),
                                        Lengths.between(host.getStartedAt(), host.getEndedAt()))
                        : host.getDetail();
        return "%s: %s%s"
                .formatted(host.getName(), host.getState(), what.isEmpty() ? "" : ", " + what);
    }

    /** What an upgrade would do. */
    public static String would(AgentsUpgrade upgrade) {
        var batches = new LinkedHashMap<Integer, StringBuilder>();
        for (UpgradedHost host : upgrade.getHostsList()) {
            var line = batches.computeIfAbsent(host.getBatch(), _ -> new StringBuilder());
            line.append(line.isEmpty() ? "" : ", ")
                    .append(host.getName())
                    .append(" (")
                    .append(orDash(host.getFromVersion()))
                    .append(')');
        }
        var text =
                new StringBuilder(
                        "%d agents would be upgraded to %s, in this order:%n"
                                .formatted(upgrade.getHostsCount(), upgrade.getVersion()));
        batches.forEach((batch, hosts) ->
                text.append("  ").append(batch).append(". ").append(hosts).append('\n'));
        return text.toString();
    }

    /** Why it was refused. */
    public static String refused(UpgradeAgentsResponse answer) {
        return "Refused:\n" + causes(answer.getRefusedList()).stripTrailing();
    }

    /** How it ended. */
    public static String ending(AgentsUpgrade upgrade) {
        long through =
                upgrade.getHostsList().stream()
                        .filter(host -> host.getState().equals("done"))
                        .count();
        var text =
                new StringBuilder(
                        "%s after %s: %d of %d agents run %s%n"
                                .formatted(
                                        capital(upgrade.getState()),
                                        Lengths.between(
                                                upgrade.getStartedAt(), upgrade.getEndedAt()),
                                        through,
                                        upgrade.getHostsCount(),
                                        upgrade.getVersion()));
        text.append(causes(upgrade.getCausesList()));
        for (UpgradedHost host : upgrade.getHostsList()) {
            host.getLogLinesList()
                    .forEach(logged ->
                            text.append("    ")
                                    .append(host.getName())
                                    .append(" | ")
                                    .append(logged)
                                    .append('\n'));
        }
        return text.toString();
    }

    private static String capital(String word) {
        return word.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1);
    }

    private static String causes(List<Blocker> causes) {
        return causes.isEmpty() ? "" : PlanText.blockers(causes);
    }
}
