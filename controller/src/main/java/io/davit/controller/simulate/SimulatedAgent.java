package io.davit.controller.simulate;

import io.davit.common.Digests;
import io.davit.controller.agentlink.ArtifactGate;
import io.davit.controller.agentlink.BlobDesk;
import io.davit.controller.agentlink.CertificateDesk;
import io.davit.controller.agentlink.Command;
import io.davit.controller.agentlink.StepOutcome;
import io.davit.controller.observe.RoleInventory.ArtifactState;
import io.davit.controller.observe.RoleInventory.CertificateState;
import io.davit.controller.plan.AgentWork;
import io.davit.controller.plan.AgentWork.EnsureArtifact;
import io.davit.controller.plan.AgentWork.EnsureCertificate;
import io.davit.controller.plan.AgentWork.EnsureService;
import io.davit.controller.plan.AgentWork.WriteFile;
import io.davit.controller.plan.Ref;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * Does to a host's state what a real agent does to a machine. Called with the fleet's lock held.
 */
final class SimulatedAgent {

    private final SimulatedHost host;
    private final SimulatedWorld world;
    private final CertificateDesk desk;
    private final ArtifactGate gate;
    private final BlobDesk blobs;

    SimulatedAgent(
            SimulatedHost host,
            SimulatedWorld world,
            CertificateDesk desk,
            ArtifactGate gate,
            BlobDesk blobs) {
        this.host = host;
        this.world = world;
        this.desk = desk;
        this.gate = gate;
        this.blobs = blobs;
    }

    /** Everything but AwaitHealthy, which takes time and is the fleet's. */
    StepOutcome apply(String operationId, Command command, Instant now) {
        var role = host.role(command.role());
        return switch (command.work()) {
            case AgentWork.PrepareRole _ -> {
                if (!role.obstacles.isEmpty() && !role.installed) {
                    yield new StepOutcome.Blocked(
                            role.obstacles.getFirst().why(), role.obstacles.getFirst().remedy());
                }
                boolean was = role.prepared;
                role.prepared = true;
                role.installed = true;
                yield was ? new StepOutcome.Unchanged() : new StepOutcome.Changed("prepared");
            }
            case EnsureArtifact work -> artifact(role, work);
            case EnsureCertificate work -> certificate(role, operationId, command, work, now);
            case WriteFile work -> write(role, command, work);
            case EnsureService work -> service(command.role(), role, work);
            case AgentWork.AwaitHealthy _ ->
                    throw new IllegalStateException("waiting is the fleet's");
            case AgentWork.EnsurePackage work -> {
                role.installed = true;
                boolean there = role.packages.put(work.packageName(), "1.0") != null;
                yield there ? new StepOutcome.Unchanged() : new StepOutcome.Changed("installed");
            }
            case AgentWork.EnsureHeldPackage work -> {
                if (!gate.mayFetch(host.id, work.set().sha256())) {
                    yield new StepOutcome.Failed(
                            "cannot fetch " + work.set().fileName() + ": not allowed", List.of());
                }
                role.installed = true;
                boolean there = role.packages.put(work.packageName(), work.offered()) != null;
                yield there ? new StepOutcome.Unchanged() : new StepOutcome.Changed("installed");
            }
            case AgentWork.RunAction work when work.action().startsWith("node-") ->
                    world.node(host, work);
            case AgentWork.RunAction work -> action(role, work);
            case AgentWork.RemoveRole work -> remove(command.role(), work);
            case AgentWork.StoreBlob work -> snapshot(operationId, command, work);
        };
    }

    private StepOutcome remove(String roleName, AgentWork.RemoveRole work) {
        if (!work.host().id().equals(host.id.value())) {
            world.violation("a role of " + host.id + " was to go from " + work.host().id());
        }
        if (!host.role(roleName).installed) {
            return new StepOutcome.Unchanged();
        }
        world.roleGoes(host, roleName, work.wholeCluster());
        host.roles.remove(roleName);
        return new StepOutcome.Changed("removed role " + roleName);
    }

    /** A database of one block, and etcd's checksum behind it. */
    private StepOutcome snapshot(String operationId, Command command, AgentWork.StoreBlob work) {
        if (!world.memberServes(host)) {
            return new StepOutcome.Failed(
                    "cannot save a snapshot: this member answers no linearizable read", List.of());
        }
        byte[] database = new byte[512];
        byte[] file = Arrays.copyOf(database, 544);
        System.arraycopy(Digests.sha256(database), 0, file, 512, 32);
        try {
            var incoming =
                    blobs.open(
                            host.id,
                            new BlobDesk.Head(
                                    operationId,
                                    command.stepId(),
                                    command.attempt(),
                                    work.name(),
                                    file.length,
                                    Digests.sha256Hex(file),
                                    new BlobDesk.SnapshotFacts("1a", "3.5.16", 7, 3, 9)),
                            () -> {});
            try {
                incoming.take(file);
                incoming.finish();
            } finally {
                incoming.discard();
            }
            return new StepOutcome.Changed("snapshot " + work.name());
        } catch (BlobDesk.BlobRefusedException e) {
            return new StepOutcome.Failed("cannot send: " + e.getMessage(), List.of());
        } catch (IOException e) {
            return new StepOutcome.Retry(Duration.ZERO, "cannot send: " + e.getMessage());
        }
    }

    private static StepOutcome action(SimulatedHost.Role role, AgentWork.RunAction work) {
        String server = work.args().getOrDefault("server", "");
        boolean changed =
                switch (work.action()) {
                    case "lb-drain" -> role.drained.add(server);
                    case "lb-ready" -> role.drained.remove(server);
                    default -> throw new IllegalArgumentException("no action " + work.action());
                };
        return changed ? new StepOutcome.Changed(work.action()) : new StepOutcome.Unchanged();
    }

    private StepOutcome artifact(SimulatedHost.Role role, EnsureArtifact work) {
        var there = role.artifacts.get(work.artifact());
        if (there != null && there.sha256().equals(work.sha256()) && there.inPlace()) {
            return new StepOutcome.Unchanged();
        }
        if (!gate.mayFetch(host.id, work.sha256())) {
            return new StepOutcome.Failed(
                    "cannot fetch " + work.sha256() + ": not allowed", List.of());
        }
        role.installed = true;
        role.artifacts.put(work.artifact(), new ArtifactState(work.version(), work.sha256(), true));
        return new StepOutcome.Changed("fetched " + work.fileName());
    }

    private StepOutcome certificate(
            SimulatedHost.Role role,
            String operationId,
            Command command,
            EnsureCertificate work,
            Instant now) {
        byte[] csr = ("key of " + host.id + " " + work.slot()).getBytes(StandardCharsets.UTF_8);
        String chain;
        try {
            chain = desk.sign(host.id, operationId, command.stepId(), csr);
        } catch (CertificateDesk.CertificateRefusedException e) {
            return new StepOutcome.Failed("cannot get a certificate: " + e.getMessage(), List.of());
        }
        var profile = work.profile();
        role.installed = true;
        role.certificates.put(
                work.slot(),
                new CertificateState(
                        ((Ref.Known) profile.issuerSha256()).id(),
                        profile.commonName(),
                        profile.dnsNames(),
                        profile.ipAddresses(),
                        profile.extendedKeyUsages(),
                        now.plus(Duration.ofDays(365)),
                        Digests.sha256Hex(chain + now),
                        true));
        return new StepOutcome.Changed("certificate " + work.slot());
    }

    private StepOutcome write(SimulatedHost.Role role, Command command, WriteFile work) {
        byte[] content =
                switch (command.body().orElseThrow()) {
                    case Command.Bytes bytes -> bytes.content().reveal();
                    case Command.DigestOnly _ ->
                            throw new IllegalStateException("no content to write");
                };
        var slot = role.slots.get(work.slot());
        boolean sameMode = slot != null && slot.mode.equals(SimulatedProfile.mode(work.slot()));
        if (slot != null && Arrays.equals(slot.content, content) && sameMode) {
            return new StepOutcome.Unchanged();
        }
        String digest = slot == null ? "" : host.digests(work.slot(), slot).digest();
        if (!digest.equals(work.previousDigest())) {
            return new StepOutcome.Failed(
                    "stale, plan again: " + work.slot() + " has changed meanwhile", List.of());
        }
        var next = new SimulatedHost.Slot();
        next.content = content;
        next.mode = SimulatedProfile.mode(work.slot());
        next.group = SimulatedProfile.group(work.slot());
        role.installed = true;
        role.slots.put(work.slot(), next);
        return new StepOutcome.Changed("wrote " + work.slot() + " (" + content.length + " bytes)");
    }

    private StepOutcome service(String roleName, SimulatedHost.Role role, EnsureService work) {
        if (work.desired() == AgentWork.Desired.STOPPED) {
            return stop(role, work);
        }
        role.installed = true;
        var unit = role.units.computeIfAbsent(work.unit(), _ -> new SimulatedHost.Unit());
        boolean sameUnit = unit.enabled && unit.parameters.equals(work.parameters());
        unit.enabled = true;
        unit.parameters = new TreeMap<>(work.parameters());
        Map<String, String> inputs = host.inputs(roleName, work.unit(), unit.parameters);
        if (unit.started && unit.startedWith.equals(inputs)) {
            return sameUnit ? new StepOutcome.Unchanged() : new StepOutcome.Changed("unit file");
        }
        if (unit.started && SimulatedProfile.reloads(work.unit(), changed(unit, inputs))) {
            world.balancerReloads(host, role);
            unit.reloads++;
            unit.startedWith = new TreeMap<>(inputs);
            return new StepOutcome.Changed("reloaded " + work.unit());
        }
        if (work.unit().equals("etcd")) {
            String directory = work.parameters().getOrDefault("data-dir", "");
            boolean joined = "true".equals(work.parameters().get("joined"));
            if (joined && !role.dataDirectories.contains(directory)) {
                return new StepOutcome.Failed(
                        "assertion failed: " + directory + " is not there", List.of());
            }
            world.etcdStarts(host, directory);
        }
        if (work.unit().equals("k3s")) {
            world.serverStarts(host, unit.started, unit.parameters);
        }
        if (work.unit().equals("haproxy")) {
            role.drained.clear(); // a new process knows of none
        }
        unit.started = true;
        unit.starts++;
        unit.startedWith = new TreeMap<>(inputs);
        return new StepOutcome.Changed("started " + work.unit());
    }

    private StepOutcome stop(SimulatedHost.Role role, EnsureService work) {
        var unit = role.units.get(work.unit());
        if (unit == null || !unit.started && !unit.enabled) {
            return new StepOutcome.Unchanged();
        }
        if (work.unit().equals("k3s")) {
            world.serverLeaves(host);
        }
        unit.started = false;
        unit.enabled = false;
        return new StepOutcome.Changed("stopped " + work.unit());
    }

    private static Set<String> changed(SimulatedHost.Unit unit, Map<String, String> inputs) {
        var all = new TreeMap<>(unit.startedWith);
        all.putAll(inputs);
        all.keySet()
                .removeIf(input -> Objects.equals(inputs.get(input), unit.startedWith.get(input)));
        return all.keySet();
    }
}
