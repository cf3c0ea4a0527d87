package io.davit.agent.profile;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Everything of one role that may exist on a host.
 *
 * @param modules kernel modules that are loaded if the kernel has them as modules
 * @param sysctls kernel settings, name to value
 * @param watched the probes that tell how the role does, read again and again while it is
 *     installed; none has arguments
 * @param dataDirectories directories whose children are data directories with names of their own
 * @param leftovers what the service leaves when it is stopped
 * @param blobs what the controller may be sent of it
 */
public record Profile(
        String role,
        List<SystemUser> users,
        List<Directory> directories,
        List<String> modules,
        Map<String, String> sysctls,
        List<OsPackage> packages,
        List<Artifact> artifacts,
        List<Slot> slots,
        List<CertificateSlot> certificates,
        List<Unit> units,
        List<Port> ports,
        List<Action> actions,
        List<Probe> probes,
        List<Probe> watched,
        List<String> dataDirectories,
        Optional<Leftovers> leftovers,
        List<Blob> blobs) {

    public Profile {
        users = List.copyOf(users);
        directories = List.copyOf(directories);
        modules = List.copyOf(modules);
        sysctls = Map.copyOf(sysctls);
        packages = List.copyOf(packages);
        artifacts = List.copyOf(artifacts);
        slots = List.copyOf(slots);
        certificates = List.copyOf(certificates);
        units = List.copyOf(units);
        ports = List.copyOf(ports);
        actions = List.copyOf(actions);
        probes = List.copyOf(probes);
        watched = List.copyOf(watched);
        dataDirectories = List.copyOf(dataDirectories);
        blobs = List.copyOf(blobs);
    }

    /** Whether a unit starts without this input too. */
    public boolean optional(String input) {
        return slot(input).map(Slot::optional).orElse(false);
    }

    public Optional<Slot> slot(String name) {
        return slots.stream().filter(slot -> slot.name().equals(name)).findFirst();
    }

    public Optional<CertificateSlot> certificate(String name) {
        return certificates.stream().filter(slot -> slot.name().equals(name)).findFirst();
    }

    public Optional<Artifact> artifact(String name) {
        return artifacts.stream().filter(artifact -> artifact.name().equals(name)).findFirst();
    }

    public Optional<OsPackage> osPackage(String name) {
        return packages.stream().filter(item -> item.name().equals(name)).findFirst();
    }

    public Optional<Unit> unit(String name) {
        return units.stream().filter(unit -> unit.name().equals(name)).findFirst();
    }

    public Optional<Action> action(String name) {
        return actions.stream().filter(action -> action.name().equals(name)).findFirst();
    }

    public Optional<Blob> blob(String name) {
        return blobs.stream().filter(blob -> blob.name().equals(name)).findFirst();
    }

    /** Of those that steps wait for and those that are watched; one may be both. */
    public Optional<Probe> probe(String name) {
        return Stream.concat(probes.stream(), watched.stream())
                .filter(probe -> probe.name().equals(name))
                .findFirst();
    }
}
