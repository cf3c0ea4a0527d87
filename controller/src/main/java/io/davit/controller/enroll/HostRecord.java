package io.davit.controller.enroll;

import io.davit.controller.store.Table;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A host as the controller knows it.
 *
 * @param id its HostId
 * @param publicKey SubjectPublicKeyInfo, base64
 * @param fingerprintWords of that key
 * @param activeSerial of the certificate it uses
 * @param pendingSerial of one it was given and has not used yet
 * @param certificatePem its chain, to answer a repeated request
 * @param tokenId it enrolled with
 * @param allowedRoles from the token; empty: all
 * @param allowedCluster from the token; empty: any
 * @param enrolledFrom the address it enrolled from
 * @param approvedBy "token" or the operator
 * @param warnings for people, such as POSSIBLE_CLONE
 */
public record HostRecord(
        String id,
        HostState state,
        String publicKey,
        String fingerprintWords,
        Optional<String> activeSerial,
        Optional<String> pendingSerial,
        Optional<String> certificatePem,
        String tokenId,
        List<String> allowedRoles,
        String allowedCluster,
        String enrolledFrom,
        Description description,
        Instant enrolledAt,
        Optional<Instant> pendingUntil,
        String approvedBy,
        List<String> warnings) {

    /** By HostId. */
    public static final Table<HostRecord> TABLE = new Table<>("host", HostRecord.class);

    /** Copies the lists. */
    public HostRecord {
        allowedRoles = List.copyOf(allowedRoles);
        warnings = List.copyOf(warnings);
    }

    /** What it said about itself when it enrolled; informs, carries no rights. */
    public record Description(
            String hostname,
            String machineId,
            String productUuid,
            String os,
            String agentVersion) {}

    HostRecord active(String by, String serial, String chainPem) {
        return new HostRecord(
                id,
                HostState.ACTIVE,
                publicKey,
                fingerprintWords,
                Optional.of(serial),
                Optional.empty(),
                Optional.of(chainPem),
                tokenId,
                allowedRoles,
                allowedCluster,
                enrolledFrom,
                description,
                enrolledAt,
                Optional.empty(),
                by,
                warnings);
    }

    HostRecord banned() {
        return new HostRecord(
                id,
                HostState.BANNED,
                publicKey,
                fingerprintWords,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                tokenId,
                allowedRoles,
                allowedCluster,
                enrolledFrom,
                description,
                enrolledAt,
                Optional.empty(),
                approvedBy,
                warnings);
    }

    /** It left its cluster unreached; its certificate stands until it ends. */
    public HostRecord retired() {
        return new HostRecord(
                id,
                HostState.RETIRED,
                publicKey,
                fingerprintWords,
                activeSerial,
                Optional.empty(),
                certificatePem,
                tokenId,
                allowedRoles,
                allowedCluster,
                enrolledFrom,
                description,
                enrolledAt,
                Optional.empty(),
                approvedBy,
                warnings);
    }

    HostRecord withWarning(String warning) {
        if (warnings.contains(warning)) {
            return this;
        }
        List<String> more = new java.util.ArrayList<>(warnings);
        more.add(warning);
        return new HostRecord(
                id,
                state,
                publicKey,
                fingerprintWords,
                activeSerial,
                pendingSerial,
                certificatePem,
                tokenId,
                allowedRoles,
                allowedCluster,
                enrolledFrom,
                description,
                enrolledAt,
                pendingUntil,
                approvedBy,
                more);
    }
}
