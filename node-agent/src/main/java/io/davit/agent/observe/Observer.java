package io.davit.agent.observe;

import io.davit.agent.health.Haproxy;
import io.davit.agent.journal.Ledger;
import io.davit.agent.profile.Artifact;
import io.davit.agent.profile.Catalogue;
import io.davit.agent.profile.CertificateSlot;
import io.davit.agent.profile.OsPackage;
import io.davit.agent.profile.Probe;
import io.davit.agent.profile.Profile;
import io.davit.agent.profile.Slot;
import io.davit.agent.profile.Unit;
import io.davit.agent.system.Command;
import io.davit.agent.system.Printable;
import io.davit.agent.system.Processes;
import io.davit.proto.agent.v1.ArtifactState;
import io.davit.proto.agent.v1.BackendState;
import io.davit.proto.agent.v1.LoadBalancerState;
import io.davit.proto.agent.v1.Observation;
import io.davit.proto.agent.v1.PackageState;
import io.davit.proto.agent.v1.RoleInventory;
import io.davit.proto.agent.v1.SlotState;
import io.davit.proto.agent.v1.UnitState;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Makes observations: facts, and the inventory of every role in the catalogue. */
public final class Observer {

    private static final Duration SOCKET = Duration.ofSeconds(3);
    private static final int UNIT_FILE_LIMIT = 64 * 1024;

    private final Catalogue catalogue;
    private final FactsReader facts;
    private final Processes processes;

    public Observer(Catalogue catalogue, FactsReader facts, Processes processes) {
        this.catalogue = catalogue;
        this.facts = facts;
        this.processes = processes;
    }

    /** The units that it looks at. */
    public List<String> unitNames() {
        return catalogue.unitNames();
    }

    /** What is so on this host, now. */
    public Observation observe(ReadOnlyHost host, boolean withSecretDigests)
            throws IOException, InterruptedException {
        var observation =
                Observation.newBuilder()
                        .setObservedAtMs(host.now().toEpochMilli())
                        .setFacts(facts.read())
                        .setWithoutSecretDigests(!withSecretDigests);
        for (Profile profile : catalogue.profiles()) {
            observation.addRoles(inventory(profile, host));
        }
        return observation.build();
    }

    private RoleInventory inventory(Profile profile, ReadOnlyHost host)
            throws IOException, InterruptedException {
        Preparation missing = Preparation.missing(profile, host);
        boolean installed = host.ledger().holds(profile.role());
        var inventory =
                RoleInventory.newBuilder()
                        .setRole(profile.role())
                        .setPrepared(missing.isEmpty())
                        .addAllUnprepared(missing.names())
                        .setInstalled(installed);
        for (Slot slot : profile.slots()) {
            slot(slot, host).ifPresent(inventory::addSlots);
        }
        for (Unit unit : profile.units()) {
            unit(profile, unit, host).ifPresent(inventory::addUnits);
        }
        for (Artifact artifact : profile.artifacts()) {
            artifact(artifact, host).ifPresent(inventory::addArtifacts);
        }
        for (OsPackage item : profile.packages()) {
            inventory.addPackages(
                    PackageState.newBuilder()
                            .setPackage(item.name())
                            .setVersion(installedVersion(item, host)));
        }
        for (CertificateSlot slot : profile.certificates()) {
            host.certificate(slot).ifPresent(inventory::addCertificates);
        }
        for (String directory : profile.dataDirectories()) {
            for (String name : host.list(directory)) {
                if (!name.equals("lost+found") && !host.list(directory + "/" + name).isEmpty()) {
                    inventory.addDataDirectories(name);
                }
            }
        }
        if (installed) {
            balancer(profile, host).ifPresent(inventory::setLoadBalancer);
        }
        if (!installed && !profile.role().equals("host")) {
            inventory.addAllObstacles(Obstacles.of(profile, host));
            PackageSources.obstacle(profile, host, processes).ifPresent(inventory::addObstacles);
        }
        return inventory.build();
    }

    private static Optional<SlotState> slot(Slot slot, ReadOnlyHost host) throws IOException {
        return host.slot(slot)
                .map(reading ->
                        SlotState.newBuilder()
                                .setSlot(slot.name())
                                .setDigest(reading.digest())
                                .setRestartDigest(reading.restartDigest())
                                .setMode(reading.status().modeText())
                                .setOwner(reading.status().owner())
                                .setGroup(reading.status().group())
                                .build());
    }

    private static Optional<UnitState> unit(Profile profile, Unit unit, ReadOnlyHost host)
            throws IOException, InterruptedException {
        var status = host.unit(unit.name());
        if (!status.exists()) {
            return Optional.empty();
        }
        var entry =
                Optional.ofNullable(host.ledger().units().get(unit.name()))
                        .filter(ours -> ours.role().equals(profile.role()));
        Map<String, String> parameters =
                entry.map(Ledger.UnitEntry::parameters).orElseGet(TreeMap::new);
        var state =
                UnitState.newBuilder()
                        .setUnit(unit.name())
                        .setLoadState(status.loadState())
                        .setActiveState(status.activeState())
                        .setSubState(status.subState())
                        .setEnabled(status.enabled())
                        .putAllParameters(parameters)
                        .putAllInputsNow(UnitInputs.now(profile, unit, parameters, host))
                        .setInvocationId(status.invocationId())
                        .setRestarts(status.restarts())
                        .setUnitFileCurrent(unitFileCurrent(unit, parameters, host));
        if (entry.isPresent()) {
            state.putAllStartedWith(StartedWith.of(profile, unit, entry.get(), status, host));
        }
        return Optional.of(state.build());
    }

    private static Optional<LoadBalancerState> balancer(Profile profile, ReadOnlyHost host)
            throws IOException, InterruptedException {
        for (Probe probe : profile.probes()) {
            if (probe instanceof Probe.HaproxyServing serving && host.unit(serving.unit()).up()) {
                return Optional.of(balancer(serving, host));
            }
        }
        return Optional.empty();
    }

    private static LoadBalancerState balancer(Probe.HaproxyServing serving, ReadOnlyHost host)
            throws InterruptedException {
        var state = LoadBalancerState.newBuilder();
        try {
            String answer = host.ask(serving.socket(), Haproxy.STAT, SOCKET);
            Set<String> drained =
                    Haproxy.drained(
                            host.ask(serving.socket(), Haproxy.state(serving.backend()), SOCKET));
            for (Haproxy.Server server : Haproxy.servers(answer, serving.backend())) {
                state.addBackends(
                        BackendState.newBuilder()
                                .setName(Printable.line(server.name(), 63))
                                .setStatus(Printable.line(server.status(), 63))
                                .setCheck(Printable.line(server.check(), 63))
                                .setSessions(server.sessions())
                                .setDrained(drained.contains(server.name())));
            }
            return state.setServing(true).build();
        } catch (IOException e) {
            return state.setError(Printable.line(String.valueOf(e.getMessage()), 300)).build();
        }
    }

    /** Whether the unit file is the template with these parameters, byte for byte. */
    static boolean unitFileCurrent(Unit unit, Map<String, String> parameters, ReadOnlyHost host)
            throws IOException {
        var status = host.status(unit.path());
        if (status.isEmpty() || !status.get().isFile()) {
            return false;
        }
        try {
            byte[] wanted =
                    unit.render(parameters).getBytes(java.nio.charset.StandardCharsets.UTF_8);
            return java.util.Arrays.equals(wanted, host.read(unit.path(), UNIT_FILE_LIMIT));
        } catch (IllegalArgumentException | IOException e) {
            return false;
        }
    }

    private static Optional<ArtifactState> artifact(Artifact artifact, ReadOnlyHost host)
            throws IOException {
        var entry = host.ledger().artifacts().get(artifact.name());
        if (entry == null) {
            return Optional.empty();
        }
        return Optional.of(
                ArtifactState.newBuilder()
                        .setArtifact(artifact.name())
                        .setVersion(entry.version())
                        .setSha256(entry.sha256())
                        .setInPlace(PlacedArtifact.inPlace(artifact, entry, host))
                        .build());
    }

    /**
     * Empty also while its unit is masked for the installation: an agent that was stopped meanwhile
     * still has that to end.
     */
    private String installedVersion(OsPackage item, ReadOnlyHost host)
            throws IOException, InterruptedException {
        String version = packageVersion(item.name(), processes);
        return !version.isEmpty() && host.unit(item.unit()).maskedForNow() ? "" : version;
    }

    /** Version of an installed package; empty if it is not installed. */
    public static String packageVersion(String name, Processes processes)
            throws InterruptedException {
        try {
            var shown =
                    processes.run(
                            Command.of(
                                    Duration.ofSeconds(10),
                                    "dpkg-query",
                                    "--show",
                                    "--showformat=${db:Status-Status} ${Version}",
                                    "--",
                                    name));
            List<String> words = new ArrayList<>(List.of(shown.stdout().strip().split(" ", 2)));
            return shown.ok() && words.size() == 2 && words.getFirst().equals("installed")
                    ? words.get(1)
                    : "";
        } catch (IOException e) {
            return "";
        }
    }
}
