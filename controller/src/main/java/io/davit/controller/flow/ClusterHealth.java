package io.davit.controller.flow;

import io.davit.common.HostId;
import io.davit.controller.agentlink.Agents;
import io.davit.controller.agentlink.HostAwayException;
import io.davit.controller.agentlink.ProbeReading;
import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.plan.ProbeCall;
import io.davit.controller.report.NodeCondition;
import io.davit.controller.report.RoleHealth;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.Role;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Asks every role of a cluster's hosts, all at once, whether it does what it is for. A worker's
 * answer is its node's condition, as a server tells it.
 */
final class ClusterHealth {

    private static final Duration PATIENCE = Duration.ofSeconds(8);

    private final Agents agents;

    ClusterHealth(Agents agents) {
        this.agents = agents;
    }

    /** Per spec host name, one entry a role. */
    Map<String, List<RoleHealth>> read(AcceptedCluster cluster) throws InterruptedException {
        var servers =
                cluster.spec().cluster().hosts(Role.CONTROL_PLANE).stream()
                        .flatMap(host -> cluster.bindings().host(host.name()).stream())
                        .toList();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Map<String, List<Future<RoleHealth>>> asked = new LinkedHashMap<>();
            for (HostSpec host : cluster.spec().cluster().hosts()) {
                var id = cluster.bindings().host(host.name());
                var answers = new ArrayList<Future<RoleHealth>>();
                for (Role role : host.roles()) {
                    Callable<RoleHealth> ask =
                            () ->
                                    id.isEmpty()
                                            ? new RoleHealth(
                                                    role.text(), false, "no machine is bound")
                                            : ask(cluster, host, id.get(), role, servers);
                    answers.add(threads.submit(ask));
                }
                asked.put(host.name(), answers);
            }
            Map<String, List<RoleHealth>> health = new LinkedHashMap<>();
            for (var entry : asked.entrySet()) {
                var roles = new ArrayList<RoleHealth>();
                for (var answer : entry.getValue()) {
                    roles.add(outcome(answer));
                }
                health.put(entry.getKey(), List.copyOf(roles));
            }
            return health;
        }
    }

    private static RoleHealth outcome(Future<RoleHealth> answer) throws InterruptedException {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot read a cluster's health", e.getCause());
        }
    }

    private RoleHealth ask(
            AcceptedCluster cluster, HostSpec host, HostId id, Role role, List<HostId> servers)
            throws InterruptedException {
        boolean cniIsOurs = !cluster.spec().cluster().network().cni().equals("none");
        return switch (role) {
            case ETCD -> probe(id, role, ProbeCall.of("health"));
            case LOAD_BALANCER -> {
                var serving = probe(id, role, ProbeCall.of("haproxy-serving"));
                boolean virtual = cluster.spec().cluster().endpoint().virtualIp().isPresent();
                yield serving.ok() && virtual
                        ? probe(id, role, ProbeCall.of("keepalived-serving"))
                        : serving;
            }
            case CONTROL_PLANE -> {
                var ready = probe(id, role, ProbeCall.of("readyz"));
                yield ready.ok() ? node(host, role, servers, cniIsOurs) : ready;
            }
            case WORKER ->
                    host.has(Role.CONTROL_PLANE)
                            ? new RoleHealth(role.text(), true, "by its k3s server")
                            : node(host, role, servers, cniIsOurs);
        };
    }

    /** The node's condition: what a server says that finds it ready, else the last that answers. */
    private RoleHealth node(HostSpec host, Role role, List<HostId> servers, boolean cniIsOurs)
            throws InterruptedException {
        var last = new RoleHealth(role.text(), false, "there is no server to ask");
        int away = 0;
        for (HostId server : servers) {
            var reading =
                    reading(
                            server,
                            Role.CONTROL_PLANE,
                            new ProbeCall("node-ready", Map.of("name", host.name())));
            if (reading.isEmpty()) {
                away++;
                continue;
            }
            var details = reading.get().details();
            last =
                    NodeCondition.of(details)
                            .health(
                                    role.text(),
                                    reading.get().ok(),
                                    reading.get().error(),
                                    cniIsOurs,
                                    details.getOrDefault("kubelet-version", ""));
            if (reading.get().ok()) {
                return last;
            }
        }
        return away > 0 && away == servers.size()
                ? new RoleHealth(role.text(), false, "no server can be asked: away")
                : last;
    }

    private RoleHealth probe(HostId id, Role role, ProbeCall call) throws InterruptedException {
        return reading(id, role, call)
                .map(r -> new RoleHealth(role.text(), r.ok(), r.ok() ? "" : r.error()))
                .orElseGet(() -> new RoleHealth(role.text(), false, "its host is away"));
    }

    private Optional<ProbeReading> reading(HostId id, Role profile, ProbeCall call)
            throws InterruptedException {
        try {
            return Optional.of(agents.probe(id, profile.text(), call, PATIENCE));
        } catch (HostAwayException e) {
            return Optional.empty();
        }
    }
}
