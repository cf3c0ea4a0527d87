package io.davit.controller.enroll;

import io.davit.common.Digests;
import io.davit.common.FingerprintWords;
import io.davit.common.HostId;
import io.davit.common.Keys;
import io.davit.common.Secret;
import io.davit.controller.access.Answers;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.pki.CertificateRecord;
import io.davit.controller.pki.ControllerPki;
import io.davit.controller.pki.IssuedCertificate;
import io.davit.controller.store.Reads;
import io.davit.controller.store.Table;
import io.davit.controller.store.Transaction;
import io.grpc.Status;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Turns a token and a key into a host, in one transaction:
 *
 * <ol>
 *   <li>the token is known and its secret is right;
 *   <li>a key that was seen before gets the same answer again, without another use;
 *   <li>otherwise the token is unexpired, unrevoked, unspent, and used from an allowed address;
 *   <li>one use is counted and the host is written, with its certificate if the token approves it;
 *       a pool token binds it, too ({@link PoolAdmission}).
 * </ol>
 *
 * So a lost reply costs nothing, and of any number of simultaneous attempts on a token with one use
 * exactly one makes a host.
 */
final class Enrolments {

    static final String METHOD = "davit.agent.v1.Enrollment/Finish";
    static final Duration PENDING_LIFE = Duration.ofHours(1);
    static final int MOST_PENDING = 1000;

    /** Who approved a host that its token approved. */
    private static final String BY_TOKEN = "token";

    static final Table<KeyOwner> KEYS = new Table<>("host-key", KeyOwner.class);
    static final Table<PendingMark> PENDING = new Table<>("host-pending", PendingMark.class);

    private final Changes changes;
    private final ControllerPki pki;
    private final Clock clock;
    private final SecureRandom random;
    private final PoolAdmission pools;

    Enrolments(
            Changes changes,
            ControllerPki pki,
            Function<String, Optional<HostId>> connectedFrom,
            Clock clock,
            SecureRandom random) {
        this.changes = changes;
        this.pki = pki;
        this.clock = clock;
        this.random = random;
        this.pools = new PoolAdmission(connectedFrom, clock);
    }

    record KeyOwner(String hostId) {}

    record PendingMark(Instant until) {}

    record Attempt(
            String tokenId,
            Secret secret,
            PublicKey key,
            HostRecord.Description description,
            InetAddress from) {}

    sealed interface Result {}

    record Enrolled(HostId host, String certificateChainPem) implements Result {}

    record Waiting(String fingerprintWords) implements Result {}

    /**
     * Enrols.
     *
     * @throws io.grpc.StatusRuntimeException with the reason and remedy, if it is refused
     */
    Result enrol(Attempt attempt, Actor actor) {
        HostId fresh = HostId.random(random);
        String keyId = Keys.spkiSha256(attempt.key());
        var change =
                new Change(actor, METHOD, "token/" + attempt.tokenId(), attempt.tokenId() + keyId);
        return changes.make(
                change,
                transaction -> {
                    TokenRecord token = authenticated(transaction, attempt);
                    dropOldPending(transaction);
                    Optional<KeyOwner> owner = transaction.find(KEYS, keyId);
                    return owner.isPresent()
                            ? again(transaction, owner.get(), token)
                            : first(transaction, fresh, keyId, attempt, token);
                });
    }

    private static TokenRecord authenticated(Transaction transaction, Attempt attempt) {
        Optional<TokenRecord> token = transaction.find(TokenRecord.TABLE, attempt.tokenId());
        byte[] shown =
                Digests.sha256Hex(attempt.secret().reveal()).getBytes(StandardCharsets.US_ASCII);
        byte[] kept =
                token.map(TokenRecord::secretSha256)
                        .orElse("0".repeat(64))
                        .getBytes(StandardCharsets.US_ASCII);
        if (!MessageDigest.isEqual(shown, kept) || token.isEmpty()) {
            throw refused(
                    Status.UNAUTHENTICATED,
                    attempt.tokenId(),
                    "it is not known here, or its secret is wrong; check the token's text");
        }
        return token.get();
    }

    private Result again(Transaction transaction, KeyOwner owner, TokenRecord token) {
        HostRecord host =
                transaction
                        .find(HostRecord.TABLE, owner.hostId())
                        .orElseThrow(() -> new IllegalStateException("host-key without its host"));
        if (!host.tokenId().equals(token.id())) {
            throw refused(
                    Status.ALREADY_EXISTS,
                    token.id(),
                    "the key is already host "
                            + host.id()
                            + " by another token; remove the agent's identity to enrol anew");
        }
        return switch (host.state()) {
            case BANNED, RETIRED ->
                    throw refused(
                            Status.PERMISSION_DENIED,
                            token.id(),
                            "host " + host.id() + " was removed; it needs a new key and token");
            case PENDING -> new Waiting(host.fingerprintWords());
            case ACTIVE -> {
                if (!approvedLately(host)) {
                    requireLive(token);
                }
                yield new Enrolled(new HostId(host.id()), host.certificatePem().orElse(""));
            }
        };
    }

    /** A person may have approved it after its token's end; it still has to hear of it. */
    private boolean approvedLately(HostRecord host) {
        return !host.approvedBy().equals(BY_TOKEN)
                && clock.instant().isBefore(host.enrolledAt().plus(PENDING_LIFE.multipliedBy(2)));
    }

    private Result first(
            Transaction transaction, HostId id, String keyId, Attempt attempt, TokenRecord token) {
        requireLive(token);
        var terms = transaction.find(PoolTerms.TABLE, token.id());
        if (terms.isEmpty() && token.uses() >= token.maxUses()) {
            throw refused(
                    Status.PERMISSION_DENIED,
                    token.id(),
                    "all of its %d uses are spent; make a new one: davit token create"
                            .formatted(token.maxUses()));
        }
        if (!token.cidr().isEmpty() && !Cidr.parse(token.cidr()).contains(attempt.from())) {
            throw refused(
                    Status.PERMISSION_DENIED,
                    token.id(),
                    "it works from %s only, this is %s"
                            .formatted(token.cidr(), attempt.from().getHostAddress()));
        }
        transaction.put(TokenRecord.TABLE, token.id(), token.used());
        transaction.add(KEYS, keyId, new KeyOwner(id.value()));
        HostRecord waiting = pending(id, attempt, token);
        if (terms.isPresent()) {
            var why = pools.mustWait(transaction, token, terms.get(), attempt.from());
            if (why.isPresent()) {
                return await(transaction, waiting.withWarning(why.get()), token);
            }
            pools.admit(transaction, token, terms.get(), waiting);
        }
        return token.autoApprove()
                ? activate(transaction, waiting, attempt.key(), BY_TOKEN)
                : await(transaction, waiting, token);
    }

    private Waiting await(Transaction transaction, HostRecord waiting, TokenRecord token) {
        if (transaction.all(PENDING).size() >= MOST_PENDING) {
            throw refused(
                    Status.RESOURCE_EXHAUSTED,
                    token.id(),
                    MOST_PENDING + " hosts wait for approval already; approve or remove some");
        }
        transaction.add(HostRecord.TABLE, waiting.id(), waiting);
        transaction.add(PENDING, waiting.id(), new PendingMark(clock.instant().plus(PENDING_LIFE)));
        return new Waiting(waiting.fingerprintWords());
    }

    private HostRecord pending(HostId id, Attempt attempt, TokenRecord token) {
        return new HostRecord(
                id.value(),
                HostState.PENDING,
                Base64.getEncoder().encodeToString(attempt.key().getEncoded()),
                FingerprintWords.of(attempt.key()),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                token.id(),
                token.roles(),
                token.cluster(),
                attempt.from().getHostAddress(),
                attempt.description(),
                clock.instant(),
                Optional.of(clock.instant().plus(PENDING_LIFE)),
                "",
                List.of());
    }

    /** A person approves a host that waits; one of a pool token is bound to its pool, too. */
    Enrolled approve(Transaction transaction, HostRecord host, PublicKey key, String by) {
        pools.approved(transaction, host);
        return activate(transaction, host, key, by);
    }

    /** Gives a host its certificate, in the transaction that makes it active. */
    private Enrolled activate(Transaction transaction, HostRecord host, PublicKey key, String by) {
        HostId id = new HostId(host.id());
        IssuedCertificate issued = pki.issueAgent(id, key);
        CertificateRecord.add(transaction, issued, "host/" + id, "agent", by);
        transaction.put(
                HostRecord.TABLE, id.value(), host.active(by, issued.serial(), issued.pem()));
        transaction.remove(PENDING, id.value());
        return new Enrolled(id, issued.pem());
    }

    private void requireLive(TokenRecord token) {
        if (token.revokedAt().isPresent()) {
            throw refused(
                    Status.PERMISSION_DENIED,
                    token.id(),
                    "it was revoked at " + token.revokedAt().get());
        }
        if (!clock.instant().isBefore(token.expiresAt())) {
            throw refused(
                    Status.PERMISSION_DENIED,
                    token.id(),
                    "it expired at %s; make a new one: davit token create"
                            .formatted(token.expiresAt()));
        }
    }

    private void dropOldPending(Transaction transaction) {
        for (Reads.Row<PendingMark> row : transaction.all(PENDING)) {
            if (row.value().until().isBefore(clock.instant())) {
                transaction
                        .find(HostRecord.TABLE, row.id())
                        .ifPresent(host -> {
                            transaction.remove(KEYS, keyId(host));
                            transaction.remove(HostRecord.TABLE, row.id());
                        });
                transaction.remove(PENDING, row.id());
            }
        }
    }

    static String keyId(HostRecord host) {
        return Digests.sha256Hex(Base64.getDecoder().decode(host.publicKey()));
    }

    private static RuntimeException refused(Status status, String token, String why) {
        return Answers.refusal(status, "cannot enrol with token " + token + ": " + why);
    }
}
