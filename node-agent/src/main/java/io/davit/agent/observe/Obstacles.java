package io.davit.agent.observe;

import io.davit.agent.profile.Artifact;
import io.davit.agent.profile.Directory;
import io.davit.agent.profile.Port;
import io.davit.agent.profile.Profile;
import io.davit.agent.profile.Unit;
import io.davit.proto.agent.v1.Obstacle;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is in a role's way: things at its places that Davit did not make, and ports that other
 * programs hold. Empty directories (made by a package of ours, or the mount point of a data disk)
 * and configuration files that are as their package brought them count as absent.
 */
public final class Obstacles {

    public static final String NOT_OURS = "not ours";
    public static final String PORT_IN_USE = "port in use";
    public static final String UNSUPPORTED = "unsupported";

    private Obstacles() {}

    /** Everything in the way of this role. */
    public static List<Obstacle> of(Profile profile, ReadOnlyHost host)
            throws IOException, InterruptedException {
        var found = new ArrayList<Obstacle>();
        var foreign = new ArrayList<String>();
        SupportedSystems.obstacle(host).ifPresent(found::add);
        for (Directory directory : profile.directories()) {
            if (foreign.stream().noneMatch(top -> directory.path().startsWith(top + "/"))) {
                var obstacle = directory(profile, directory.path(), host);
                obstacle.ifPresent(it -> {
                    found.add(it);
                    foreign.add(directory.path());
                });
            }
        }
        for (String path : paths(profile)) {
            if (foreign.stream().noneMatch(top -> path.startsWith(top + "/"))) {
                file(path, host).ifPresent(found::add);
            }
        }
        for (Unit unit : profile.units()) {
            unit(unit, host).ifPresent(found::add);
        }
        for (Port port : profile.ports()) {
            port(port, host).ifPresent(found::add);
        }
        return found;
    }

    private static List<String> paths(Profile profile) {
        var paths = new ArrayList<String>();
        profile.slots().forEach(slot -> paths.add(slot.path()));
        profile.certificates()
                .forEach(slot -> {
                    paths.add(slot.certificatePath());
                    paths.add(slot.keyPath());
                });
        for (Artifact artifact : profile.artifacts()) {
            paths.addAll(PlacedArtifact.links(artifact).keySet());
        }
        profile.units().forEach(unit -> paths.add(unit.path()));
        return paths;
    }

    /** A file or link that is there and not ours. */
    public static Optional<Obstacle> file(String path, ReadOnlyHost host) throws IOException {
        return host.ledger().owns(path)
                        || host.status(path).isEmpty()
                        || Conffiles.unchanged(path, host)
                ? Optional.empty()
                : Optional.of(notOurs(path));
    }

    /** A directory that is there, not ours, and holds something. */
    public static Optional<Obstacle> directory(Profile profile, String path, ReadOnlyHost host)
            throws IOException {
        if (host.ledger().owns(path)) {
            return Optional.empty();
        }
        var status = host.status(path);
        if (status.isEmpty() || status.get().isDirectory() && vacant(profile, path, host)) {
            return Optional.empty();
        }
        return Optional.of(notOurs(path));
    }

    /** Nothing in it but empty directories that the profile declares, or a file system's own. */
    private static boolean vacant(Profile profile, String path, ReadOnlyHost host)
            throws IOException {
        for (String name : host.list(path)) {
            String child = path + "/" + name;
            boolean declared =
                    profile.directories().stream()
                            .anyMatch(directory -> directory.path().equals(child));
            boolean vacant =
                    name.equals("lost+found")
                            || declared
                                    && host.status(child)
                                            .filter(status -> status.isDirectory())
                                            .isPresent()
                                    && vacant(profile, child, host);
            if (!vacant) {
                return false;
            }
        }
        return true;
    }

    /** A unit of this name that Davit did not write. */
    public static Optional<Obstacle> unit(Unit unit, ReadOnlyHost host)
            throws IOException, InterruptedException {
        if (host.ledger().units().containsKey(unit.name()) || host.ledger().owns(unit.path())) {
            return Optional.empty();
        }
        var status = host.unit(unit.name());
        if (!status.exists() || status.fragmentPath().equals(unit.path())) {
            return Optional.empty(); // the unit file is an obstacle of its own
        }
        if (unit.packaged() && !status.fragmentPath().startsWith("/etc/")) {
            return Optional.empty(); // the package's own
        }
        return Optional.of(
                Obstacle.newBuilder()
                        .setKind(NOT_OURS)
                        .setWhat(unit.serviceName())
                        .setWhy(
                                "unit %s exists (%s) and was not made by Davit"
                                        .formatted(
                                                unit.serviceName(),
                                                status.fragmentPath().isEmpty()
                                                        ? status.loadState()
                                                        : status.fragmentPath()))
                        .setRemedy("remove the package or file that brings it")
                        .build());
    }

    /** A port that somebody listens on. */
    public static Optional<Obstacle> port(Port port, ReadOnlyHost host)
            throws IOException, InterruptedException {
        for (var listener : host.listeners()) {
            if (listener.port() == port.number()) {
                return Optional.of(
                        Obstacle.newBuilder()
                                .setKind(PORT_IN_USE)
                                .setWhat(String.valueOf(port.number()))
                                .setWhy(
                                        "port %d is taken by %s"
                                                .formatted(
                                                        port.number(), host.holder(port.number())))
                                .setRemedy("stop that program, or move the role to another host")
                                .build());
            }
        }
        return Optional.empty();
    }

    private static Obstacle notOurs(String path) {
        return Obstacle.newBuilder()
                .setKind(NOT_OURS)
                .setWhat(path)
                .setWhy("path " + path + " exists and was not made by Davit")
                .setRemedy("look at it, then move it away or remove it")
                .build();
    }
}
