package io.davit.controller.simulate;

import io.davit.common.Digests;
import io.davit.common.HostId;
import io.davit.controller.observe.HostFacts;
import io.davit.controller.observe.Observation;
import io.davit.controller.observe.ObservedHost;
import io.davit.controller.observe.RoleInventory;
import io.davit.controller.observe.RoleInventory.ArtifactState;
import io.davit.controller.observe.RoleInventory.CertificateState;
import io.davit.controller.observe.RoleInventory.Obstacle;
import io.davit.controller.observe.RoleInventory.SlotState;
import io.davit.controller.observe.RoleInventory.UnitState;
import io.davit.controller.plan.Material;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One host: what lies on its disk and what runs. The fields are the machine's state, and the
 * fleet's lock guards them.
 */
public final class SimulatedHost {

    private static final long GIBI = 1L << 30;

    final HostId id;
    final String address;
    final Map<String, Role> roles = new TreeMap<>();
    boolean connected = true;
    HostFacts facts;
    ObservedHost.Standing standing;

    SimulatedHost(HostId id, String address) {
        this.id = id;
        this.address = address;
        this.facts = defaultFacts(id, address);
        this.standing =
                new ObservedHost.Standing(true, "", Set.of(), "", "words-" + id.abbreviated());
    }

    /** What one role has here. */
    static final class Role {
        boolean prepared;
        boolean installed;
        final Map<String, Slot> slots = new TreeMap<>();
        final Map<String, Unit> units = new TreeMap<>();
        final Map<String, ArtifactState> artifacts = new TreeMap<>();
        final Map<String, CertificateState> certificates = new TreeMap<>();
        final List<Obstacle> obstacles = new ArrayList<>();
        final TreeSet<String> dataDirectories = new TreeSet<>();
        final TreeMap<String, String> packages = new TreeMap<>();

        /** Backends of this load balancer that get no new connections. */
        final TreeSet<String> drained = new TreeSet<>();

        Slot slot(String name) {
            return Optional.ofNullable(slots.get(name)).orElseThrow();
        }

        Unit unit(String name) {
            return Optional.ofNullable(units.get(name)).orElseThrow();
        }
    }

    /** A file. */
    static final class Slot {
        byte[] content = {};
        String mode = "";
        String owner = "root";
        String group = "root";
    }

    /** A systemd unit. */
    static final class Unit {
        boolean started;
        boolean enabled;
        Map<String, String> parameters = new TreeMap<>();
        Map<String, String> startedWith = new TreeMap<>();
        int starts;
        int reloads;
    }

    public HostId id() {
        return id;
    }

    public String address() {
        return address;
    }

    Role role(String name) {
        return roles.computeIfAbsent(name, _ -> new Role());
    }

    Optional<Unit> unit(String role, String unit) {
        return Optional.ofNullable(roles.get(role)).map(r -> r.units.get(unit));
    }

    boolean runs(String role, String unit) {
        return unit(role, unit).map(u -> u.started).orElse(false);
    }

    /** What a unit's inputs are now. */
    Map<String, String> inputs(String roleName, String unit, Map<String, String> parameters) {
        var role = role(roleName);
        var inputs = new HashMap<String, String>();
        for (String input : SimulatedProfile.inputs(unit)) {
            var slot = role.slots.get(input);
            var certificate = role.certificates.get(input);
            var artifact = role.artifacts.get(input);
            if (slot != null) {
                inputs.put(input, digests(input, slot).restartDigest());
            } else if (certificate != null) {
                inputs.put(input, certificate.sha256());
            } else if (artifact != null) {
                inputs.put(input, artifact.sha256());
            }
        }
        inputs.put("template", "1");
        parameters.forEach((name, value) -> {
            if (!name.equals("joined")) {
                inputs.put("parameter:" + name, Digests.sha256Hex(value));
            }
        });
        return inputs;
    }

    Material.SlotDigests digests(String name, Slot slot) {
        return Material.digestsOf(
                name,
                slot.content,
                SimulatedProfile.secret(name)
                        ? Optional.of(SimulatedMaterial.inventoryKey(id))
                        : Optional.empty());
    }

    Observation observe(Instant now, SimulatedWorld world) {
        var inventories = new TreeMap<String, RoleInventory>();
        // what a host says of others may look for roles that nobody has touched yet
        new TreeMap<>(roles)
                .forEach((name, role) -> inventories.put(name, inventory(name, role, world)));
        return new Observation(now, facts, inventories, false);
    }

    private RoleInventory inventory(String name, Role role, SimulatedWorld world) {
        var slots = new TreeMap<String, SlotState>();
        role.slots.forEach((slot, file) -> {
            var digests = digests(slot, file);
            slots.put(
                    slot,
                    new SlotState(
                            digests.digest(),
                            digests.restartDigest(),
                            file.mode,
                            file.owner,
                            file.group));
        });
        var units = new TreeMap<String, UnitState>();
        role.units.forEach((unit, state) ->
                units.put(
                        unit,
                        new UnitState(
                                "loaded",
                                !state.started
                                        ? "inactive"
                                        : world.ready(this, unit) ? "active" : "activating",
                                "",
                                state.enabled,
                                state.startedWith,
                                inputs(name, unit, state.parameters),
                                state.parameters,
                                "invocation-" + state.starts,
                                0,
                                true)));
        return new RoleInventory(
                name,
                slots,
                units,
                role.artifacts,
                role.packages,
                role.certificates,
                role.prepared,
                role.prepared ? List.of() : List.of("directories"),
                role.installed ? List.of() : role.obstacles,
                role.installed,
                List.copyOf(role.dataDirectories),
                runs("load-balancer", "haproxy") && name.equals("load-balancer")
                        ? Optional.of(world.balancer(role))
                        : Optional.empty());
    }

    private static HostFacts defaultFacts(HostId id, String address) {
        return new HostFacts(
                "host-" + id.abbreviated(),
                id.value(),
                "",
                "debian",
                "12",
                "6.1.0",
                "amd64",
                4,
                8 * GIBI,
                2,
                List.of(address),
                List.of(new HostFacts.NetworkInterface("eth0", address, 24)),
                true,
                List.of(
                        new HostFacts.FileSystem("/opt/davit", 50 * GIBI, 40 * GIBI),
                        new HostFacts.FileSystem("/var/lib/etcd", 50 * GIBI, 40 * GIBI),
                        new HostFacts.FileSystem("/var/lib/rancher", 50 * GIBI, 40 * GIBI)),
                "boot",
                "0.1.0",
                252,
                List.of(22));
    }
}
