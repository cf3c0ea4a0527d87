package io.davit.controller.execute;

import io.davit.common.HostId;
import io.davit.common.QuorumGuard;
import io.davit.common.QuorumGuard.Action;
import io.davit.controller.agentlink.Agents;
import io.davit.controller.agentlink.HostAwayException;
import io.davit.controller.agentlink.ProbeReading;
import io.davit.controller.agentlink.StepOutcome;
import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.plan.AgentWork.EnsureService;
import io.davit.controller.plan.Effect;
import io.davit.controller.plan.ProbeCall;
import io.davit.controller.plan.Step;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.Role;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Asked right before a running service is restarted, on readings made for this one decision: may it
 * be?
 *
 * <p>The same for a server that leaves: the last ready one never does.
 *
 * <p>What serves nothing may always be. Else etcd: the quorum guard, on each member's own answer;
 * control plane: another server must be ready, whatever the spec counts. The agent asks its own
 * reading once more.
 */
final class RestartGuard {

    /** Older readings do not count, so that is also how long they may take. */
    private static final Duration READING = Duration.ofSeconds(5);

    private static final Optional<StepOutcome> UNREAD =
            Optional.of(new StepOutcome.Retry(READING, "cannot read this host's own state"));

    private final Agents agents;

    RestartGuard(Agents agents) {
        this.agents = agents;
    }

    static boolean guards(Step step) {
        boolean server = step.role().equals("control-plane");
        return step.work() instanceof EnsureService
                && (step.effect() == Effect.RESTART && (step.role().equals("etcd") || server)
                        || step.effect() == Effect.STOP && server);
    }

    /** Why the step must not be sent now; empty when it may. */
    Optional<StepOutcome> forbids(AcceptedCluster cluster, Step step) throws InterruptedException {
        if (!guards(step) || !(step.work() instanceof EnsureService service)) {
            return Optional.empty();
        }
        if (step.effect() == Effect.STOP) {
            return forbidsLeaving(cluster, step.hostId().orElseThrow());
        }
        return step.role().equals("etcd")
                ? etcd(cluster, step, service)
                : forbidsServer(cluster, step.hostId().orElseThrow(), service.allowDowntime());
    }

    private Optional<StepOutcome> etcd(AcceptedCluster cluster, Step step, EnsureService service)
            throws InterruptedException {
        var host = step.hostId().orElseThrow();
        var readings = read(cluster, Role.ETCD, ProbeCall.of("member"));
        if (!readings.containsKey(host)) {
            return UNREAD;
        }
        var membership = EtcdMembership.of(readings, host);
        var member = membership.memberOf(host);
        return member.isEmpty()
                ? Optional.empty() // it has no part in any membership that could be read
                : judge(
                        QuorumGuard.mayTouch(
                                Action.RESTART, member.get(), membership.members(), false),
                        service.allowDowntime());
    }

    private static Optional<StepOutcome> judge(QuorumGuard.Verdict verdict, boolean allowDowntime) {
        return switch (verdict) {
            case QuorumGuard.Allowed _ -> Optional.empty();
            case QuorumGuard.AllowedWithDowntime with when allowDowntime -> Optional.empty();
            case QuorumGuard.AllowedWithDowntime with ->
                    Optional.of(
                            new StepOutcome.Blocked(with.why(), "accept it with --allow-downtime"));
            case QuorumGuard.Refused refused ->
                    Optional.of(
                            new StepOutcome.Blocked(
                                    "quorum guard: " + refused.why(),
                                    "bring the other etcd members back first"));
        };
    }

    /** Why this server must not be taken away now; empty when it may. */
    Optional<StepOutcome> forbidsServer(AcceptedCluster cluster, HostId host, boolean allowDowntime)
            throws InterruptedException {
        if (allowDowntime) {
            return Optional.empty();
        }
        var readings = read(cluster, Role.CONTROL_PLANE, ProbeCall.of("readyz"));
        var own = readings.remove(host);
        if (own == null) {
            return UNREAD;
        }
        boolean another = readings.values().stream().anyMatch(ProbeReading::ok);
        return another || !own.ok()
                ? Optional.empty()
                : Optional.of(
                        new StepOutcome.Blocked(
                                "no other control-plane host is ready",
                                "mend the others first, or accept downtime with --allow-downtime"));
    }

    /**
     * Why this server must not leave for good now; empty when it may. Of those that stay one must
     * be ready, whatever a person would accept.
     */
    Optional<StepOutcome> forbidsLeaving(AcceptedCluster cluster, HostId host)
            throws InterruptedException {
        var staying = read(cluster, Role.CONTROL_PLANE, ProbeCall.of("readyz"));
        if (staying.values().stream().anyMatch(ProbeReading::ok)) {
            return Optional.empty();
        }
        var own = read(host, Role.CONTROL_PLANE, ProbeCall.of("readyz"));
        return own.isPresent() && !own.get().ok()
                ? Optional.empty()
                : Optional.of(
                        new StepOutcome.Blocked(
                                "no control-plane host that stays is ready",
                                "mend the others first, or put this one back into the spec"));
    }

    /** Readings of all hosts with a role that answer, all at once. */
    private Map<HostId, ProbeReading> read(AcceptedCluster cluster, Role role, ProbeCall probe)
            throws InterruptedException {
        var readings = new HashMap<HostId, ProbeReading>();
        var asked = new HashMap<HostId, Future<Optional<ProbeReading>>>();
        var hosts = new ArrayList<HostId>();
        for (HostSpec host : cluster.spec().cluster().hosts(role)) {
            cluster.bindings().host(host.name()).ifPresent(hosts::add);
        }
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            hosts.forEach(host -> asked.put(host, threads.submit(() -> read(host, role, probe))));
            for (var answer : List.copyOf(asked.entrySet())) {
                answer.getValue().get().ifPresent(r -> readings.put(answer.getKey(), r));
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot read " + probe + ": " + e.getCause(), e);
        }
        return readings;
    }

    private Optional<ProbeReading> read(HostId host, Role role, ProbeCall probe)
            throws InterruptedException {
        try {
            return Optional.of(agents.probe(host, role.text(), probe, READING));
        } catch (HostAwayException e) {
            return Optional.empty();
        }
    }
}
