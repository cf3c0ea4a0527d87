package io.davit.controller.enroll;

import io.davit.controller.store.Table;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A token as it is stored: everything but its secret.
 *
 * @param secretSha256 lower-case hex; plain SHA-256 is right for a random 256-bit secret
 * @param roles what its hosts may become; empty: anything
 * @param cluster only this one; empty: any
 * @param cidr source addresses it works from; empty: any
 */
public record TokenRecord(
        String id,
        String secretSha256,
        List<String> roles,
        String cluster,
        String cidr,
        boolean autoApprove,
        String createdBy,
        Instant createdAt,
        Instant expiresAt,
        int uses,
        int maxUses,
        Optional<Instant> revokedAt) {

    /** By id. */
    public static final Table<TokenRecord> TABLE = new Table<>("token", TokenRecord.class);

    /** Copies the roles. */
    public TokenRecord {
        roles = List.copyOf(roles);
    }

    TokenRecord used() {
        return new TokenRecord(
                id,
                secretSha256,
                roles,
                cluster,
                cidr,
                autoApprove,
                createdBy,
                createdAt,
                expiresAt,
                uses + 1,
                maxUses,
                revokedAt);
    }

    TokenRecord revoked(Instant at) {
        return new TokenRecord(
                id,
                secretSha256,
                roles,
                cluster,
                cidr,
                autoApprove,
                createdBy,
                createdAt,
                expiresAt,
                uses,
                maxUses,
                Optional.of(revokedAt.orElse(at)));
    }
}
