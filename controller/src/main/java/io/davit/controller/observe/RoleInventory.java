package io.davit.controller.observe;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one role has on one host, by the names of the agent's profile.
 *
 * @param role "host", "etcd", "control-plane", …
 * @param slots file places that exist, by slot
 * @param units units that exist, by name
 * @param artifacts by name
 * @param packages OS packages by name; an empty version means not installed
 * @param certificates by certificate slot
 * @param prepared what PrepareRole declares is all there
 * @param unprepared what PrepareRole would do, for people
 * @param obstacles things in the way
 * @param installed the agent's ledger holds something of this role
 * @param dataDirectories that exist and are not empty, by the profile's names
 * @param loadBalancer what HAProxy says of itself; only of a load balancer that is there and runs
 */
public record RoleInventory(
        String role,
        Map<String, SlotState> slots,
        Map<String, UnitState> units,
        Map<String, ArtifactState> artifacts,
        Map<String, String> packages,
        Map<String, CertificateState> certificates,
        boolean prepared,
        List<String> unprepared,
        List<Obstacle> obstacles,
        boolean installed,
        List<String> dataDirectories,
        Optional<LoadBalancerState> loadBalancer) {

    public RoleInventory {
        slots = Sorted.copy(slots);
        units = Sorted.copy(units);
        artifacts = Sorted.copy(artifacts);
        packages = Sorted.copy(packages);
        certificates = Sorted.copy(certificates);
        unprepared = List.copyOf(unprepared);
        obstacles = List.copyOf(obstacles);
        dataDirectories = List.copyOf(dataDirectories);
    }

    /** A role of which nothing is there. */
    public static RoleInventory absent(String role) {
        return new RoleInventory(
                role,
                Map.of(),
                Map.of(),
                Map.of(),
                Map.of(),
                Map.of(),
                false,
                List.of(),
                List.of(),
                false,
                List.of(),
                Optional.empty());
    }

    public Optional<SlotState> slot(String slot) {
        return Optional.ofNullable(slots.get(slot));
    }

    public Optional<UnitState> unit(String unit) {
        return Optional.ofNullable(units.get(unit));
    }

    public Optional<CertificateState> certificate(String slot) {
        return Optional.ofNullable(certificates.get(slot));
    }

    /**
     * A file that exists.
     *
     * @param digest sha256, lower-case hex; of secret slots the HMAC with that host's key
     * @param restartDigest of the part that a running service read at its start
     * @param mode "0640"
     */
    public record SlotState(
            String digest, String restartDigest, String mode, String owner, String group) {}

    /**
     * A unit that exists.
     *
     * @param startedWith inputs it was started with: slot, artifact, certificate slot,
     *     "parameter:NAME", "template" → digest
     * @param inputsNow the same inputs as they are on the host now
     * @param parameters of the compiled-in template
     * @param unitFileCurrent the unit file is the template with these parameters, byte for byte
     */
    public record UnitState(
            String loadState,
            String activeState,
            String subState,
            boolean enabled,
            Map<String, String> startedWith,
            Map<String, String> inputsNow,
            Map<String, String> parameters,
            String invocationId,
            int restarts,
            boolean unitFileCurrent) {

        public UnitState {
            startedWith = Sorted.copy(startedWith);
            inputsNow = Sorted.copy(inputsNow);
            parameters = Sorted.copy(parameters);
        }

        /** It runs or is about to: a start that waits for its peers is "activating". */
        public boolean running() {
            return active()
                    || activeState.equals("activating")
                    || activeState.equals("reloading")
                    || activeState.equals("refreshing");
        }

        /** It runs and has said that it is ready. */
        public boolean active() {
            return activeState.equals("active");
        }
    }

    /** An artifact of which this version was put there; in place when all links or copies are. */
    public record ArtifactState(String version, String sha256, boolean inPlace) {}

    /**
     * An installed certificate.
     *
     * @param issuerSha256 of the issuing CA certificate's DER
     * @param extendedKeyUsages "serverAuth", "clientAuth"
     * @param sha256 of its own DER
     * @param keyMatches the private key beside it is its key, with the profile's mode and owner
     */
    public record CertificateState(
            String issuerSha256,
            String commonName,
            List<String> dnsNames,
            List<String> ipAddresses,
            List<String> extendedKeyUsages,
            Instant notAfter,
            String sha256,
            boolean keyMatches) {

        public CertificateState {
            dnsNames = List.copyOf(dnsNames);
            ipAddresses = List.copyOf(ipAddresses);
            extendedKeyUsages = List.copyOf(extendedKeyUsages);
        }
    }

    /**
     * HAProxy, by its admin socket.
     *
     * @param serving it answers
     * @param error why not, in one line
     * @param backends by name, which is the host's
     */
    public record LoadBalancerState(
            boolean serving, String error, Map<String, BackendState> backends) {
        public LoadBalancerState {
            backends = Sorted.copy(backends);
        }
    }

    /**
     * One API server, as HAProxy sees it.
     *
     * @param status "UP", "DOWN", "DRAIN", "MAINT"; "UP 1/2" while it changes
     * @param check how the last check ended: "L7OK/200", "L4CON"; empty before the first
     * @param sessions through it now
     * @param drained it gets no new connections because somebody said so, up or down
     */
    public record BackendState(
            String name, String status, String check, long sessions, boolean drained) {}

    /**
     * Something in the way of a role.
     *
     * @param kind "not ours", "port in use" or "unsupported"
     * @param what the path or port
     * @param why one line
     * @param remedy what a person can do
     */
    public record Obstacle(String kind, String what, String why, String remedy) {}
}
