package io.davit.agent.profile;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Names the parts of a profile where it is written down; what is not named is empty. */
final class ProfileBuilder {

    private final String role;
    private List<SystemUser> users = List.of();
    private List<Directory> directories = List.of();
    private List<String> modules = List.of();
    private Map<String, String> sysctls = Map.of();
    private List<OsPackage> packages = List.of();
    private List<Artifact> artifacts = List.of();
    private List<Slot> slots = List.of();
    private List<CertificateSlot> certificates = List.of();
    private List<Unit> units = List.of();
    private List<Port> ports = List.of();
    private List<Action> actions = List.of();
    private List<Probe> probes = List.of();
    private List<Probe> watched = List.of();
    private List<String> dataDirectories = List.of();
    private Optional<Leftovers> leftovers = Optional.empty();
    private List<Blob> blobs = List.of();

    ProfileBuilder(String role) {
        this.role = role;
    }

    ProfileBuilder users(SystemUser... values) {
        users = List.of(values);
        return this;
    }

    ProfileBuilder directories(Directory... values) {
        directories = List.of(values);
        return this;
    }

    ProfileBuilder modules(String... values) {
        modules = List.of(values);
        return this;
    }

    ProfileBuilder sysctls(Map<String, String> values) {
        sysctls = values;
        return this;
    }

    ProfileBuilder packages(OsPackage... values) {
        packages = List.of(values);
        return this;
    }

    ProfileBuilder artifacts(Artifact... values) {
        artifacts = List.of(values);
        return this;
    }

    ProfileBuilder slots(Slot... values) {
        slots = List.of(values);
        return this;
    }

    ProfileBuilder certificates(CertificateSlot... values) {
        certificates = List.of(values);
        return this;
    }

    ProfileBuilder units(Unit... values) {
        units = List.of(values);
        return this;
    }

    ProfileBuilder ports(Port... values) {
        ports = List.of(values);
        return this;
    }

    ProfileBuilder actions(Action... values) {
        actions = List.of(values);
        return this;
    }

    ProfileBuilder probes(Probe... values) {
        probes = List.of(values);
        return this;
    }

    ProfileBuilder watched(Probe... values) {
        watched = List.of(values);
        return this;
    }

    ProfileBuilder dataDirectories(String... values) {
        dataDirectories = List.of(values);
        return this;
    }

    ProfileBuilder leftovers(Leftovers value) {
        leftovers = Optional.of(value);
        return this;
    }

    ProfileBuilder blobs(Blob... values) {
        blobs = List.of(values);
        return this;
    }

    Profile build() {
        return new Profile(
                role,
                users,
                directories,
                modules,
                sysctls,
                packages,
                artifacts,
                slots,
                certificates,
                units,
                ports,
                actions,
                probes,
                watched,
                dataDirectories,
                leftovers,
                blobs);
    }
}
