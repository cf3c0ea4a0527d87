package io.davit.controller.upgrade;

import io.davit.common.DavitVersion;
import io.davit.controller.agentlink.AgentBuilds;
import io.davit.controller.agentlink.AgentBuilds.RunningAgent;
import io.davit.controller.agentlink.Skew;
import io.davit.proto.operator.v1.AgentCount;
import io.davit.proto.operator.v1.HostAgent;
import io.davit.proto.operator.v1.ListAgentsResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Which agents run what, beside what this controller has for them. */
public final class AgentVersions {

    private static final String UPGRADE = "davit agents upgrade";

    private final Fleet fleet;
    private final AgentBuilds agents;
    private final AgentPackages packages;
    private final String controllerVersion;

    public AgentVersions(
            Fleet fleet, AgentBuilds agents, AgentPackages packages, String controllerVersion) {
        this.fleet = fleet;
        this.agents = agents;
        this.packages = packages;
        this.controllerVersion = controllerVersion;
    }

    /** How an agent stands beside the controller. */
    private enum Standing {
        CURRENT("current"),
        OUTDATED("outdated"),
        OTHER_BUILD("other build"),
        NEWER("newer"),
        ON_TRIAL("on trial"),
        AWAY("away"),
        NO_STEPS("no steps"),
        UNKNOWN("unknown");

        private final String text;

        Standing(String text) {
            this.text = text;
        }
    }

    /** Every accepted host with its agent, without an upgrade. */
    public ListAgentsResponse.Builder list() {
        var own = own();
        var answer = ListAgentsResponse.newBuilder().setControllerVersion(controllerVersion);
        int outdated = 0;
        for (Member member : fleet.members()) {
            var agent = agents.agent(member.id());
            var standing = standing(agent, own);
            if (standing == Standing.OUTDATED
                    || standing == Standing.OTHER_BUILD
                    || standing == Standing.NO_STEPS) {
                outdated++;
            }
            answer.addAgents(
                    HostAgent.newBuilder()
                            .setHostId(member.id().value())
                            .setHostname(member.hostname())
                            .setCluster(member.cluster())
                            .setNameInCluster(member.name())
                            .setConnected(agent.map(RunningAgent::connected).orElse(false))
                            .setVersion(agent.map(RunningAgent::version).orElse(""))
                            .setBuild(agent.map(RunningAgent::build).orElse(""))
                            .setArch(agent.map(RunningAgent::arch).orElse(""))
                            .setStanding(standing.text)
                            .setRemedy(remedy(standing, agent)));
        }
        packages.all().forEach(each -> answer.addPackages(UpgradeMessages.of(each)));
        return answer.setOutdated(outdated);
    }

    /** The controller's own build by architecture. */
    private Map<String, String> own() {
        var own = new TreeMap<String, String>();
        packages.all().stream()
                .filter(each -> each.own() || each.version().equals(controllerVersion))
                .forEach(each -> own.putIfAbsent(each.arch(), each.build()));
        return own;
    }

    private Standing standing(Optional<RunningAgent> agent, Map<String, String> own) {
        if (agent.isEmpty() || !agent.get().connected()) {
            return Standing.AWAY;
        }
        var its = agent.get();
        if (its.onTrial()) {
            return Standing.ON_TRIAL;
        }
        if (Skew.tooFar(its.version(), controllerVersion).isPresent()) {
            return Standing.NO_STEPS;
        }
        var version = DavitVersion.parse(its.version());
        var ours = DavitVersion.parse(controllerVersion);
        if (version.isEmpty() || ours.isEmpty()) {
            return Standing.UNKNOWN;
        }
        int order = version.get().compareTo(ours.get());
        if (order != 0) {
            return order < 0 ? Standing.OUTDATED : Standing.NEWER;
        }
        return its.build().isEmpty()
                        || own.getOrDefault(its.arch(), its.build()).equals(its.build())
                ? Standing.CURRENT
                : Standing.OTHER_BUILD;
    }

    private String remedy(Standing standing, Optional<RunningAgent> agent) {
        boolean newer =
                agent.flatMap(it -> DavitVersion.parse(it.version()))
                        .flatMap(version ->
                                DavitVersion.parse(controllerVersion)
                                        .map(ours -> version.compareTo(ours) > 0))
                        .orElse(false);
        return switch (standing) {
            case OUTDATED, OTHER_BUILD -> UPGRADE;
            case NO_STEPS -> newer ? "upgrade the controller" : UPGRADE;
            case NEWER -> "upgrade the controller";
            case CURRENT, ON_TRIAL, AWAY, UNKNOWN -> "";
        };
    }

    /** How many connected hosts run each version. */
    public List<AgentCount> counts() {
        return counted().entrySet().stream()
                .map(each ->
                        AgentCount.newBuilder()
                                .setVersion(each.getKey())
                                .setHosts(each.getValue())
                                .build())
                .toList();
    }

    private Map<String, Integer> counted() {
        var counted = new TreeMap<String, Integer>();
        fleet.members().stream()
                .flatMap(member -> agents.agent(member.id()).stream())
                .filter(RunningAgent::connected)
                .forEach(agent -> counted.merge(agent.version(), 1, Integer::sum));
        return counted;
    }

    /** One line for each version that is not the controller's. */
    public List<String> notes() {
        var notes = new ArrayList<String>();
        counted()
                .forEach((version, hosts) -> {
                    var its = DavitVersion.parse(version);
                    var ours = DavitVersion.parse(controllerVersion);
                    if (its.isPresent() && ours.isPresent() && !its.equals(ours)) {
                        boolean newer = its.get().compareTo(ours.get()) > 0;
                        boolean steps = its.get().worksWith(ours.get());
                        notes.add(
                                "%d %s %s, the controller %s%s: %s"
                                        .formatted(
                                                hosts,
                                                hosts == 1 ? "agent runs" : "agents run",
                                                version,
                                                controllerVersion,
                                                steps ? "" : ", and no steps are sent to them",
                                                newer ? "upgrade the controller" : UPGRADE));
                    }
                });
        return notes;
    }
}
