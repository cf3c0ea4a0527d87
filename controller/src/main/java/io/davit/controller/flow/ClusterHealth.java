package io.davit.controller.flow;

import io.davit.common.HostId;
import io.davit.controller.agentlink.Agents;
import io.davit.controller.agentlink.HostAwayException;
import io.davit.controller.agentlink.ProbeReading;
import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.health.Watched;
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
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Asks every role of a cluster's hosts, all at once, whether it does what it is for, by the probes
 * that its agent watches. A worker's answer is its node's condition, as a server tells it.
 */
final class ClusterHealth {

    private static final Duration PATIENCE = Duration.ofSeconds(8);

    private static final Map<Role, List<String>> PROBES =
            Map.of(
                    Role.ETCD, List.of(Watched.ETCD_HEALTH, Watched.ETCD_NUMBERS),
                    Role.LOAD_BALANCER,
                            // who has the address is asked of a balancer that does not serve, too
                            List.of(Watched.VIRTUAL_IP, Watched.HAPROXY, Watched.BACKENDS),
                    Role.CONTROL_PLANE, List.of(Watched.READYZ, Watched.KUBELET),
                    Role.WORKER, List.of(Watched.KUBELET));

    private final Agents agents;

    ClusterHealth(Agents agents) {
        this.agents = agents;
    }

    /**
     * What was answered.
     *
     * @param roles per spec host name, one entry a role
     * @param virtualIpHolders spec host names
     */
    record Reading(Map<String, List<RoleHealth>> roles, List<String> virtualIpHolders) {}

    Reading read(AcceptedCluster cluster) throws InterruptedException {
        var servers =
                cluster.spec().cluster().hosts(Role.CONTROL_PLANE).stream()
                        .flatMap(host -> cluster.bindings().host(host.name()).stream())
                        .toList();
        var holders = new ConcurrentSkipListSet<String>();
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
                                            : new Asking(cluster, host, id.get(), role)
                                                    .ask(servers, holders);
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
            return new Reading(health, List.copyOf(new TreeSet<>(holders)));
        }
    }

    private static RoleHealth outcome(Future<RoleHealth> answer) throws InterruptedException {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot read a cluster's health", e.getCause());
        }
    }

    private Optional<ProbeReading> reading(HostId id, Role profile, ProbeCall call)
            throws InterruptedException {
        try {
            return Optional.of(agents.probe(id, profile.text(), call, PATIENCE));
        } catch (HostAwayException e) {
            return Optional.empty();
        }
    }

    /** One role of one host. */
    private final class Asking {

        private final AcceptedCluster cluster;
        private final HostSpec host;
        private final HostId id;
        private final Role role;

        Asking(AcceptedCluster cluster, HostSpec host, HostId id, Role role) {
            this.cluster = cluster;
            this.host = host;
            this.id = id;
            this.role = role;
        }

        RoleHealth ask(List<HostId> servers, Set<String> holders) throws InterruptedException {
            if (role == Role.WORKER && host.has(Role.CONTROL_PLANE)) {
                return new RoleHealth(role.text(), true, "by its k3s server");
            }
            for (String probe : PROBES.getOrDefault(role, List.of())) {
                var reading = reading(id, role, ProbeCall.of(probe));
                if (reading.isEmpty()) {
                    return new RoleHealth(role.text(), false, "its host is away");
                }
                if ("true".equals(reading.get().details().get("held"))) {
                    holders.add(host.name());
                }
                if (!reading.get().ok()) {
                    return new RoleHealth(role.text(), false, probe + ": " + reading.get().error());
                }
            }
            return switch (role) {
                case ETCD, LOAD_BALANCER -> new RoleHealth(role.text(), true, "");
                case CONTROL_PLANE, WORKER -> node(servers);
            };
        }

        /**
         * The node's condition: what a server says that finds it ready, else the last that answers.
         */
        private RoleHealth node(List<HostId> servers) throws InterruptedException {
            boolean cniIsOurs = !cluster.spec().cluster().network().cni().equals("none");
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
    }
}
