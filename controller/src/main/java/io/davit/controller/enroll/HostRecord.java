package io.davit.controller.enroll;

import io.davit.controller.store.Table;
import java.time.Instant;
import java.util.ArrayList;
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
        return with(
                HostState.ACTIVE,
                Optional.of(serial),
                Optional.empty(),
                Optional.of(chainPem),
                by,
                Optional.empty(),
                warnings);
    }

    HostRecord banned() {
        return with(
                HostState.BANNED,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                approvedBy,
                Optional.empty(),
                warnings);
    }

    /** It left its cluster unreached; its certificate stands until it ends. */
    public HostRecord retired() {
        return with(
                HostState.RETIRED,
                activeSerial,
                Optional.empty(),
                certificatePem,
                approvedBy,
                Optional.empty(),
                warnings);
    }

    HostRecord withWarning(String warning) {
        if (warnings.contains(warning)) {
            return this;
        }
        List<String> more = new ArrayList<>(warnings);
        more.add(warning);
        return with(
                state, activeSerial, pendingSerial, certificatePem, approvedBy, pendingUntil, more);
    }

    private HostRecord with(
            HostState next,
            Optional<String> active,
            Optional<String> pending,
            Optional<String> chainPem,
            String by,
            Optional<Instant> until,
            List<String> told) {
        return new HostRecord(
                id,
                next,
                publicKey,
                fingerprintWords,
                active,
                pending,
                chainPem,
                tokenId,
                allowedRoles,
                allowedCluster,
                enrolledFrom,
                description,
                enrolledAt,
                until,
                by,
                told);
    }
}
