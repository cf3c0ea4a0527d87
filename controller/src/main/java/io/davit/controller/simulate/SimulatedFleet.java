package io.davit.controller.simulate;

import io.davit.common.HostId;
import io.davit.controller.agentlink.Agents;
import io.davit.controller.agentlink.ArtifactGate;
import io.davit.controller.agentlink.Batch;
import io.davit.controller.agentlink.BatchEnd;
import io.davit.controller.agentlink.BatchListener;
import io.davit.controller.agentlink.BlobDesk;
import io.davit.controller.agentlink.CertificateDesk;
import io.davit.controller.agentlink.CheckResult;
import io.davit.controller.agentlink.Command;
import io.davit.controller.agentlink.HostAwayException;
import io.davit.controller.agentlink.ProbeReading;
import io.davit.controller.agentlink.StepOutcome;
import io.davit.controller.observe.HostFacts;
import io.davit.controller.observe.NodeState;
import io.davit.controller.observe.ObservedHost;
import io.davit.controller.observe.RoleInventory.Obstacle;
import io.davit.controller.plan.AgentWork;
import io.davit.controller.plan.ProbeCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * The hosts, in memory. Everything random follows from one seed. Steps take effect at once; waiting
 * takes simulated time. Agents remember what they did by (operation, step, attempt) and answer from
 * memory, and refuse an older epoch, as real ones do.
 */
public final class SimulatedFleet implements Agents {

    private static final Duration POLL = Duration.ofSeconds(1);

    private final SimulatedPace pace;
    private final Map<HostId, SimulatedHost> hosts = new LinkedHashMap<>();
    private final Map<String, String> nodeNames = new HashMap<>();
    private final SimulatedWorld world = new SimulatedWorld(hosts.values(), nodeNames);
    private final Map<String, StepOutcome> journal = new HashMap<>();
    private final Map<String, StepOutcome> faults = new HashMap<>();
    private final Map<String, StepOutcome> lastingFaults = new HashMap<>();
    private final Set<String> contactLostAfter = new HashSet<>();
    private final List<String> applied = new ArrayList<>();
    private final Map<HostId, Long> epochs = new TreeMap<>();
    private CertificateDesk desk = (_, _, _, _) -> "chain";
    private ArtifactGate gate = (_, _) -> true;
    private BlobDesk blobs = BlobDesk.closed();

    public SimulatedFleet(SimulatedPace pace) {
        this.pace = pace;
    }

    /** Adds an enrolled, approved, connected host with nothing on it. */
    public synchronized SimulatedHost add(Random random, String address) {
        byte[] bits = new byte[16];
        random.nextBytes(bits);
        var id = new HostId(java.util.HexFormat.of().formatHex(bits));
        var host = new SimulatedHost(id, address);
        hosts.put(id, host);
        return host;
    }

    /** Connects the agents' requests to the controller's answers. */
    public synchronized void serve(
            CertificateDesk certificates, ArtifactGate artifacts, BlobDesk sent) {
        this.desk = certificates;
        this.gate = artifacts;
        this.blobs = sent;
    }

    /** The host becomes this node, once k3s runs there. */
    public synchronized void name(HostId id, String node) {
        nodeNames.put(id.value(), node);
    }

    public synchronized void standing(HostId id, UnaryOperator<ObservedHost.Standing> change) {
        host(id).standing = change.apply(host(id).standing);
    }

    public synchronized void facts(HostId id, UnaryOperator<HostFacts> change) {
        host(id).facts = change.apply(host(id).facts);
    }

    /** The host's session ends or begins; what runs there goes on. */
    public synchronized void connected(HostId id, boolean connected) {
        host(id).connected = connected;
        pace.changed();
    }

    public synchronized void obstacle(HostId id, String role, Optional<Obstacle> obstacle) {
        host(id).role(role).obstacles.clear();
        obstacle.ifPresent(host(id).role(role).obstacles::add);
    }

    /** The next time this step is applied, it ends so instead. */
    public synchronized void fault(String stepId, StepOutcome outcome) {
        faults.put(stepId, outcome);
    }

    /** Whenever this step is to be applied, it ends so instead. */
    public synchronized void faultForEver(String stepId, StepOutcome outcome) {
        lastingFaults.put(stepId, outcome);
    }

    /** A unit turns out to have been started with something else. */
    public synchronized void restartWanted(HostId id, String role, String unit) {
        host(id).role(role).unit(unit).startedWith.put("template", "0");
    }

    /** After this step has taken effect, its host's session ends before the result is told. */
    public synchronized void loseContactAfter(String stepId) {
        contactLostAfter.add(stepId);
    }

    /** Somebody edits a file by hand. */
    public synchronized void edit(HostId id, String role, String slot, String appended) {
        var file = host(id).role(role).slot(slot);
        byte[] more = appended.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        byte[] all = java.util.Arrays.copyOf(file.content, file.content.length + more.length);
        System.arraycopy(more, 0, all, file.content.length, more.length);
        file.content = all;
    }

    /** What a file holds. */
    public synchronized String content(HostId id, String role, String slot) {
        return new String(
                host(id).role(role).slot(slot).content, java.nio.charset.StandardCharsets.UTF_8);
    }

    public synchronized void chmod(HostId id, String role, String slot, String mode) {
        host(id).role(role).slot(slot).mode = mode;
    }

    /** A unit dies and stays down. */
    public synchronized void kill(HostId id, String role, String unit) {
        host(id).role(role).unit(unit).started = false;
        pace.changed();
    }

    public synchronized void deleteFile(HostId id, String role, String slot) {
        host(id).role(role).slots.remove(slot);
    }

    public synchronized void deleteDataDirectories(HostId id) {
        host(id).role("etcd").dataDirectories.clear();
    }

    /** How often a unit was started on a host. */
    public synchronized int starts(HostId id, String role, String unit) {
        return host(id).unit(role, unit).map(u -> u.starts).orElse(0);
    }

    public synchronized int totalStarts() {
        return hosts.values().stream()
                .flatMap(h -> h.roles.values().stream())
                .flatMap(r -> r.units.values().stream())
                .mapToInt(u -> u.starts)
                .sum();
    }

    /** A Node object as it is now; empty where there is none. */
    public synchronized Optional<NodeState> node(String name) {
        return world.nodes().find(name);
    }

    /** Servers that are on their way out; what else restarts may find them drained. */
    public synchronized void leaving(List<String> names) {
        world.leaving(names);
    }

    /** Somebody else cordons a node. */
    public synchronized void cordon(String name) {
        world.nodes().cordon(name);
    }

    /** Somebody else changes a label that Davit keeps. */
    public synchronized void unmark(String name) {
        world.nodes().unmark(name);
    }

    /** All nodes, as a server would tell them. */
    public synchronized List<NodeState> nodes() {
        return world.nodes().all();
    }

    /** Steps that took effect, in order. */
    public synchronized List<String> applied() {
        return List.copyOf(applied);
    }

    /** What happened that must never happen. */
    public synchronized List<String> violations() {
        return world.violations();
    }

    @Override
    public synchronized List<ObservedHost> hosts() {
        return hosts.values().stream().map(this::observed).toList();
    }

    private ObservedHost observed(SimulatedHost host) {
        return new ObservedHost(
                host.id,
                host.address,
                host.connected,
                Optional.of(host.observe(pace.now(), world)),
                Duration.ZERO,
                Duration.ZERO,
                host.standing);
    }

    @Override
    public synchronized ObservedHost observe(HostId id, Duration deadline)
            throws HostAwayException {
        return observed(reach(id));
    }

    private SimulatedHost host(HostId id) {
        return Optional.ofNullable(hosts.get(id)).orElseThrow();
    }

    private SimulatedHost reach(HostId id) throws HostAwayException {
        var host = host(id);
        if (!host.connected) {
            throw new HostAwayException(id, "no session");
        }
        return host;
    }

    @Override
    public synchronized List<CheckResult> check(
            HostId id, List<Command> commands, Duration deadline) throws HostAwayException {
        reach(id);
        return commands.stream()
                .<CheckResult>map(command ->
                        new CheckResult.WouldChange(
                                command.stepId(), command.work().what(), "", List.of(), false))
                .toList();
    }

    @Override
    public BatchEnd execute(HostId id, Batch batch, BatchListener listener)
            throws InterruptedException {
        synchronized (this) {
            if (batch.epoch() < epochs.getOrDefault(id, 0L)) {
                return new BatchEnd.Refused(
                        "stale_epoch",
                        "epoch " + batch.epoch() + " is over",
                        batch.commands().stream().map(Command::stepId).toList());
            }
            epochs.put(id, batch.epoch());
        }
        for (Command command : batch.commands()) {
            listener.progress(
                    command.stepId(), command.attempt(), "apply", command.work().what(), List.of());
            var done = step(id, batch.operationId(), command);
            if (done.isEmpty()) {
                return new BatchEnd.ContactLost("the session ended");
            }
            listener.result(command.stepId(), command.attempt(), done.get(), Duration.ofMillis(1));
            boolean well =
                    done.get() instanceof StepOutcome.Unchanged
                            || done.get() instanceof StepOutcome.Changed;
            if (!well) {
                break;
            }
        }
        return new BatchEnd.Finished();
    }

    /** Runs one step; empty when contact is lost before its result is told. */
    private Optional<StepOutcome> step(HostId id, String operationId, Command command)
            throws InterruptedException {
        String key = operationId + " " + id + " " + command.stepId() + " " + command.attempt();
        StepOutcome outcome;
        synchronized (this) {
            if (!host(id).connected) {
                return Optional.empty();
            }
            var remembered = journal.get(key);
            if (remembered != null) {
                return Optional.of(remembered);
            }
            var lasting = lastingFaults.get(command.stepId());
            var fault = lasting == null ? faults.remove(command.stepId()) : lasting;
            if (fault != null) {
                journal.put(key, fault);
                return Optional.of(fault);
            }
        }
        if (command.work() instanceof AgentWork.AwaitHealthy await) {
            outcome = await(id, command, await);
        } else {
            outcome = apply(id, operationId, command);
        }
        synchronized (this) {
            journal.put(key, outcome);
            applied.add(command.stepId());
            pace.changed();
            if (contactLostAfter.remove(command.stepId())) {
                host(id).connected = false;
                return Optional.empty();
            }
            return Optional.of(outcome);
        }
    }

    /** Takes effect at once. Public for tests that run a plan without an executor. */
    public synchronized StepOutcome apply(HostId id, String operationId, Command command) {
        return new SimulatedAgent(host(id), world, desk, gate, blobs)
                .apply(operationId, command, pace.now());
    }

    private StepOutcome await(HostId id, Command command, AgentWork.AwaitHealthy await)
            throws InterruptedException {
        var until = pace.now().plus(command.deadline());
        while (true) {
            var failing =
                    await.probes().stream()
                            .map(call -> read(id, command.role(), call))
                            .filter(reading -> !reading.ok())
                            .findFirst();
            if (failing.isEmpty()) {
                return new StepOutcome.Changed("healthy");
            }
            if (pace.now().isAfter(until)) {
                return new StepOutcome.Failed(
                        "probe " + failing.get().probe() + ": " + failing.get().error(), List.of());
            }
            pace.sleep(POLL);
        }
    }

    /** A probe's reading, whether or not the host has a session. */
    public synchronized ProbeReading read(HostId id, String role, ProbeCall call) {
        return world.probe(host(id), role, call, Collections.unmodifiableMap(nodeNames));
    }

    @Override
    public synchronized ProbeReading probe(
            HostId id, String role, ProbeCall probe, Duration deadline) throws HostAwayException {
        reach(id);
        return read(id, role, probe);
    }

    @Override
    public void cancel(HostId id, String operationId) {
        // Steps take effect at once: there is never one to end.
    }

    @Override
    public boolean awaitConnected(HostId id, Duration deadline) throws InterruptedException {
        var until = pace.now().plus(deadline);
        while (true) {
            synchronized (this) {
                if (host(id).connected) {
                    return true;
                }
            }
            if (pace.now().isAfter(until)) {
                return false;
            }
            pace.sleep(POLL);
        }
    }
}
