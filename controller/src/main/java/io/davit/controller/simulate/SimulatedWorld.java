package io.davit.controller.simulate;

import io.davit.common.ConfigYaml;
import io.davit.controller.agentlink.ProbeReading;
import io.davit.controller.agentlink.StepOutcome;
import io.davit.controller.observe.RoleInventory.BackendState;
import io.davit.controller.observe.RoleInventory.LoadBalancerState;
import io.davit.controller.plan.AgentWork;
import io.davit.controller.plan.ProbeCall;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What follows from the hosts' state: which etcd member serves, which server answers, which node is
 * ready. It also notes what must never happen.
 */
final class SimulatedWorld {

    private final Collection<SimulatedHost> hosts;

    /** Data directories of members that were ever part of a quorum. */
    private final Set<String> bootstrapped = new HashSet<>();

    private final List<String> violations = new ArrayList<>();
    private boolean bootstrapKey;

    /** The agent token as the datastore's copy of the users' file has it. */
    private String storedToken = "";

    private String firstServer = "";
    private Set<String> leaving = Set.of();
    private final SimulatedNodes nodes;

    SimulatedWorld(Collection<SimulatedHost> hosts, Map<String, String> nodeNames) {
        this.hosts = hosts;
        this.nodes = new SimulatedNodes(hosts, nodeNames, violations);
    }

    List<String> violations() {
        return List.copyOf(violations);
    }

    void leaving(Collection<String> names) {
        leaving = Set.copyOf(names);
    }

    void violation(String what) {
        violations.add(what);
    }

    SimulatedNodes nodes() {
        return nodes;
    }

    /** A server does something to a Node object. */
    StepOutcome node(SimulatedHost server, AgentWork.RunAction work) {
        hosts.forEach(this::serverAnswers);
        nodes.register();
        return serverAnswers(server)
                ? nodes.act(work)
                : new StepOutcome.Failed("connection refused", List.of());
    }

    /** A server stops for good: nobody may be brought to it any more, and another must answer. */
    void serverLeaves(SimulatedHost server) {
        String name = nodeName(server);
        if (!serverAnswers(server)) {
            return;
        }
        if (hosts.stream().noneMatch(other -> other != server && serverAnswers(other))) {
            violations.add("the last server that answers leaves: " + name);
        }
        for (SimulatedHost balancer : hosts) {
            if (balancer.connected
                    && balancer.runs("load-balancer", "haproxy")
                    && knows(balancer, name)) {
                violations.add(
                        name + " leaves while " + balancer.address + " brings clients there");
            }
        }
    }

    /** Its configuration, as HAProxy read it last, has this backend. */
    private static boolean knows(SimulatedHost balancer, String server) {
        var config = balancer.role("load-balancer").slots.get("load-balancer.haproxy-config");
        return config != null
                && new String(config.content, StandardCharsets.UTF_8)
                        .contains("    server " + server + " ");
    }

    /** A role and all that it had goes. */
    void roleGoes(SimulatedHost host, String role, boolean wholeCluster) {
        boolean runs = host.role(role).units.values().stream().anyMatch(unit -> unit.started);
        boolean givenUp = !host.standing.approved(); // it runs on until somebody ends it there
        if (!wholeCluster
                && !givenUp
                && runs
                && (role.equals("control-plane") || role.equals("worker"))) {
            violations.add(role + " of " + host.address + " goes while it runs");
        }
        if (!wholeCluster && role.equals("etcd")) {
            violations.add("etcd member " + host.address + " goes while its cluster stays");
        }
    }

    /** A member's unit starts. */
    void etcdStarts(SimulatedHost host, String dataDirectory) {
        String incarnation = dataDirectory.substring(0, 8);
        var disk = host.role("etcd").dataDirectories;
        boolean fresh = disk.add(dataDirectory);
        boolean quorumBefore = bootstrapped.stream().anyMatch(d -> d.startsWith(incarnation));
        if (fresh && quorumBefore && bootstrapped.contains(dataDirectory)) {
            violations.add("member " + host.address + " started empty after bootstrap");
        }
        if (!bootstrapped.isEmpty() && !quorumBefore) {
            violations.add("a second etcd was bootstrapped: " + incarnation);
        }
        noteQuorum();
    }

    /** A server's unit starts, or starts again. */
    void serverStarts(SimulatedHost host, boolean again, Map<String, String> parameters) {
        if (again) {
            behindItsBalancers(host);
        }
        String token = agentToken(host, "control-plane", "control-plane.agent-token");
        storedToken = storedToken.isEmpty() ? token : storedToken;
        if (!token.equals(storedToken) && !"true".equals(parameters.get("users-anew"))) {
            violations.add(
                    host.address
                            + " would die at its next start: cred/passwd newer than datastore");
        }
        if (!bootstrapKey) {
            boolean another =
                    hosts.stream().anyMatch(h -> h != host && h.runs("control-plane", "k3s"));
            if (another || !firstServer.isEmpty() && !firstServer.equals(host.address)) {
                violations.add(
                        "a second server first-boots on an empty datastore: " + host.address);
            }
            firstServer = host.address;
        }
    }

    /** Its users' file is stored with the first server's start, and never again. */
    private static String agentToken(SimulatedHost host, String role, String slot) {
        var file = host.role(role).slots.get(slot);
        return file == null ? "" : new String(file.content, StandardCharsets.UTF_8);
    }

    /** While one restarts, every load balancer that runs must have it drained, and no other. */
    private void behindItsBalancers(SimulatedHost server) {
        String name = nodeName(server);
        long servers = hosts.stream().filter(h -> h.runs("control-plane", "k3s")).count();
        for (SimulatedHost balancer : hosts) {
            if (!balancer.connected || !balancer.runs("load-balancer", "haproxy") || servers < 2) {
                continue;
            }
            var staying = new TreeSet<>(balancer.role("load-balancer").drained);
            staying.removeAll(leaving);
            if (!staying.equals(Set.of(name))) {
                violations.add(
                        name
                                + " restarts while "
                                + balancer.address
                                + " has drained "
                                + balancer.role("load-balancer").drained);
            }
        }
    }

    /** A load balancer reads its configuration anew. */
    void balancerReloads(SimulatedHost host, SimulatedHost.Role role) {
        role.drained.removeIf(server -> !knows(host, server));
        if (!role.drained.isEmpty()) {
            violations.add(
                    "the load balancer of " + host.address + " reloads with " + role.drained);
            role.drained.clear();
        }
    }

    /** As its own configuration says. */
    private static String nodeName(SimulatedHost server) {
        var config = server.role("control-plane").slots.get("control-plane.config");
        return config == null
                ? ""
                : String.valueOf(
                        ConfigYaml.parse(new String(config.content, StandardCharsets.UTF_8))
                                .get("node-name"));
    }

    /** What a load balancer would say of the servers. */
    LoadBalancerState balancer(SimulatedHost.Role role) {
        var backends = new TreeMap<String, BackendState>();
        for (SimulatedHost server : hosts) {
            String name = nodeName(server);
            if (!name.isEmpty()) {
                String status = serverAnswers(server) ? "UP" : "DOWN";
                backends.put(
                        name, new BackendState(name, status, "", 0, role.drained.contains(name)));
            }
        }
        return new LoadBalancerState(true, "", backends);
    }

    private boolean backendUp(SimulatedHost balancer, String name) {
        return balancer.runs("load-balancer", "haproxy")
                && !balancer.role("load-balancer").drained.contains(name)
                && hosts.stream().anyMatch(h -> nodeName(h).equals(name) && serverAnswers(h));
    }

    private void noteQuorum() {
        for (SimulatedHost host : hosts) {
            if (memberServes(host)) {
                bootstrapped.addAll(host.role("etcd").dataDirectories);
            }
        }
    }

    boolean ready(SimulatedHost host, String unit) {
        return switch (unit) {
            case "etcd" -> memberServes(host);
            case "k3s" -> serverAnswers(host);
            case "haproxy", "keepalived" -> host.runs("load-balancer", unit);
            default -> host.runs("worker", unit) && anyServer();
        };
    }

    boolean memberServes(SimulatedHost host) {
        if (!host.runs("etcd", "etcd")) {
            return false;
        }
        int members = members(host).size();
        String token = String.valueOf(config(host).get("initial-cluster-token"));
        long running =
                hosts.stream()
                        .filter(h -> h.runs("etcd", "etcd"))
                        .filter(h -> token.equals(config(h).get("initial-cluster-token")))
                        .count();
        return running >= members / 2 + 1;
    }

    private static Map<String, Object> config(SimulatedHost host) {
        var slot = host.role("etcd").slots.get("etcd.config");
        return slot == null
                ? Map.of()
                : ConfigYaml.parse(new String(slot.content, StandardCharsets.UTF_8));
    }

    private static List<String> members(SimulatedHost host) {
        return List.of(String.valueOf(config(host).get("initial-cluster")).split(",", -1));
    }

    boolean serverAnswers(SimulatedHost host) {
        boolean up =
                host.runs("control-plane", "k3s") && hosts.stream().anyMatch(this::memberServes);
        if (up) {
            bootstrapKey = true;
        }
        return up;
    }

    private boolean anyServer() {
        return hosts.stream().anyMatch(this::serverAnswers);
    }

    ProbeReading probe(
            SimulatedHost host, String role, ProbeCall call, Map<String, String> nodeNames) {
        hosts.forEach(this::serverAnswers);
        noteQuorum();
        if (anyServer()) {
            nodes.register();
        }
        boolean ok =
                switch (role + " " + call.probe()) {
                    case "host reaches" -> true;
                    case "etcd health", "etcd member" -> memberServes(host);
                    case "etcd bootstrap-key" -> memberServes(host) && bootstrapKey;
                    case "control-plane ping", "control-plane readyz" -> serverAnswers(host);
                    case "control-plane node-ready", "control-plane node-registered" ->
                            serverAnswers(host)
                                    && node(call.args().getOrDefault("name", ""), nodeNames);
                    case "control-plane node-marks" -> serverAnswers(host);
                    case "worker kubelet" -> host.runs("worker", "k3s-agent");
                    case "worker endpoint" -> anyServer();
                    case "load-balancer haproxy-serving" -> host.runs("load-balancer", "haproxy");
                    case "load-balancer keepalived-serving" ->
                            host.runs("load-balancer", "keepalived");
                    case "load-balancer lb-backend-up" ->
                            backendUp(host, call.args().getOrDefault("server", ""));
                    default -> throw new IllegalArgumentException("no probe " + role + "." + call);
                };
        return new ProbeReading(
                role,
                call.probe(),
                ok,
                ok ? "" : "connection refused",
                switch (call.probe()) {
                    case "member" -> memberDetails(host);
                    case "node-marks" -> nodes.details();
                    default -> Map.of();
                });
    }

    private boolean node(String name, Map<String, String> nodeNames) {
        for (SimulatedHost host : hosts) {
            if (name.equals(nodeNames.get(host.id.value()))) {
                return host.runs("control-plane", "k3s") || host.runs("worker", "k3s-agent");
            }
        }
        return false;
    }

    private Map<String, String> memberDetails(SimulatedHost host) {
        var details = new HashMap<String, String>();
        details.put("member-id", memberId(host.id.value()));
        details.put(
                "leader-id",
                hosts.stream()
                        .filter(h -> h.runs("etcd", "etcd"))
                        .map(h -> memberId(h.id.value()))
                        .min(Comparator.naturalOrder())
                        .orElse("0"));
        details.put("db-size", "20480");
        details.put("learner", "false");
        details.put("raft-index", "100");
        details.put("served-read", "" + memberServes(host));
        var lines = new ArrayList<String>();
        for (String member : members(host)) {
            String name = member.substring(0, member.indexOf('='));
            lines.add(
                    memberId(name)
                            + "="
                            + name
                            + "="
                            + member.substring(member.indexOf('=') + 1)
                            + "=false");
        }
        details.put("members", String.join(";", lines));
        return details;
    }

    private static String memberId(String name) {
        return name.substring(0, 16);
    }
}
