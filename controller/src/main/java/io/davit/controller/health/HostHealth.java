package io.davit.controller.health;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One report of a host.
 *
 * @param roles the watched probes of each role that is installed
 * @param memoryBytes 0 if it does not say
 */
public record HostHealth(
        Map<String, List<WatchedProbe>> roles,
        List<FileSystem> fileSystems,
        long memoryBytes,
        long memoryAvailableBytes,
        List<CertificateLife> certificates) {

    /** The file system below a directory. */
    public record FileSystem(String directory, long sizeBytes, long freeBytes) {}

    /** Until when a certificate in a slot is valid. */
    public record CertificateLife(String role, String slot, Instant notAfter) {}

    public HostHealth {
        roles = Collections.unmodifiableSortedMap(new TreeMap<>(roles));
        fileSystems = List.copyOf(fileSystems);
        certificates = List.copyOf(certificates);
    }

    /** The probes of a role; none if it is not installed. */
    public List<WatchedProbe> role(String role) {
        return roles.getOrDefault(role, List.of());
    }

    /** "role/probe" of all that stand ok. */
    public List<String> wellProbes() {
        var well = new ArrayList<String>();
        roles.forEach((role, probes) ->
                probes.stream()
                        .filter(probe -> probe.standing() == WatchedProbe.Standing.OK)
                        .forEach(probe -> well.add(role + "/" + probe.name())));
        return List.copyOf(well);
    }

    public Optional<WatchedProbe> probe(String role, String name) {
        return role(role).stream().filter(probe -> probe.name().equals(name)).findFirst();
    }
}
