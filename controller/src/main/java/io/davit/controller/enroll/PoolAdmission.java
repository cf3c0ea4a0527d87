package io.davit.controller.enroll;

import io.davit.common.HostId;
import io.davit.controller.access.Answers;
import io.davit.controller.store.Table;
import io.davit.controller.store.Transaction;
import io.grpc.Status;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;

/**
 * Takes hosts with a pool token into their pool, in the transaction that enrols them: after a crash
 * both the host and its binding are there, or neither.
 *
 * <ol>
 *   <li>The pool is one of an accepted spec.
 *   <li>The address is no other host's: pods can read a node's user-data through a metadata
 *       service, and enrol from the node's own address. A second host there waits for a person, one
 *       at a time.
 *   <li>Neither the pool nor the token has all its hosts, and the token's rate is kept.
 *   <li>The host is bound as POOL-XXXXXXXX, and its joining is owed.
 * </ol>
 */
final class PoolAdmission {

    static final Table<Allowance> RATES = new Table<>("token-rate", Allowance.class);

    private final Function<String, Optional<HostId>> connectedFrom;
    private final Clock clock;

    /**
     * @param connectedFrom the host that has a session from an address now
     */
    PoolAdmission(Function<String, Optional<HostId>> connectedFrom, Clock clock) {
        this.connectedFrom = connectedFrom;
        this.clock = clock;
    }

    /** How many joins a token has left of its rate, as of then. */
    record Allowance(double left, Instant at) {}

    /**
     * Why a person has to look at a host first; empty when it may come in.
     *
     * @throws io.grpc.StatusRuntimeException if it may not even wait
     */
    Optional<String> mustWait(
            Transaction transaction, TokenRecord token, PoolTerms terms, InetAddress from) {
        require(transaction, token.id(), terms);
        if (!(from instanceof Inet4Address)) {
            throw refused(
                    Status.FAILED_PRECONDITION,
                    token.id(),
                    "this version of Davit does not build hosts with IPv6 addresses, and this is "
                            + from.getHostAddress());
        }
        var owner = owner(transaction, from.getHostAddress());
        if (owner.isEmpty()) {
            return Optional.empty();
        }
        boolean another =
                transaction.all(Enrolments.PENDING).stream()
                        .flatMap(row -> transaction.find(HostRecord.TABLE, row.id()).stream())
                        .anyMatch(host -> host.enrolledFrom().equals(from.getHostAddress()));
        if (another) {
            throw refused(
                    Status.RESOURCE_EXHAUSTED,
                    token.id(),
                    "host %s is at %s already, and another waits for approval there"
                            .formatted(owner.get(), from.getHostAddress()));
        }
        return Optional.of(
                "POSSIBLE_CLONE: it enrolled with pool token %s from %s, which is host %s; a pod there may have read the token"
                        .formatted(token.id(), from.getHostAddress(), owner.get()));
    }

    /** Binds a host that a token approves. */
    void admit(Transaction transaction, TokenRecord token, PoolTerms terms, HostRecord host) {
        keepRate(transaction, token, terms);
        bind(transaction, token.id(), terms, host);
    }

    /** Binds a host that a person approves; does nothing for one that no pool token enrolled. */
    void approved(Transaction transaction, HostRecord host) {
        var terms = transaction.find(PoolTerms.TABLE, host.tokenId());
        if (terms.isEmpty()) {
            return;
        }
        require(transaction, host.tokenId(), terms.get());
        owner(transaction, host.enrolledFrom())
                .ifPresent(owner -> {
                    throw Answers.refusal(
                            Status.FAILED_PRECONDITION,
                            "cannot approve host %s: its address %s is still that of host %s; remove the one that is wrong (davit hosts remove)"
                                    .formatted(host.id(), host.enrolledFrom(), owner));
                });
        bind(transaction, host.tokenId(), terms.get(), host);
    }

    private void bind(Transaction transaction, String tokenId, PoolTerms terms, HostRecord host) {
        var pool = require(transaction, tokenId, terms);
        var members = PoolMember.of(transaction, terms.cluster());
        long inPool = members.stream().filter(m -> m.pool().equals(terms.pool())).count();
        if (inPool >= pool.max()) {
            throw refused(
                    Status.RESOURCE_EXHAUSTED,
                    tokenId,
                    "pool %s is full: it has %d of %d hosts; raise max in the spec, or remove one: davit hosts remove NAME"
                            .formatted(terms.target(), inPool, pool.max()));
        }
        long byToken = members.stream().filter(m -> m.tokenId().equals(tokenId)).count();
        if (byToken >= terms.max()) {
            throw refused(
                    Status.RESOURCE_EXHAUSTED,
                    tokenId,
                    "pool %s has all %d hosts that this token may bring; make another token, or remove a host: davit hosts remove NAME"
                            .formatted(terms.target(), byToken));
        }
        String name = terms.pool() + "-" + host.id().substring(0, 8);
        if (members.stream().anyMatch(member -> member.name().equals(name))) {
            throw refused(Status.UNAVAILABLE, tokenId, "the name " + name + " is taken; ask again");
        }
        var member =
                new PoolMember(
                        new HostId(host.id()),
                        terms.cluster(),
                        terms.pool(),
                        name,
                        host.enrolledFrom(),
                        tokenId,
                        false);
        transaction.add(PoolMember.TABLE, member.id(), member);
        transaction.add(Place.TABLE, host.id(), new Place(terms.cluster(), name));
        transaction.add(
                PoolJoin.TABLE, member.id(), PoolJoin.owed(terms.cluster(), name, clock.instant()));
    }

    private void keepRate(Transaction transaction, TokenRecord token, PoolTerms terms) {
        var now = clock.instant();
        double most = terms.joinsPerMinute();
        var before = transaction.find(RATES, token.id()).orElse(new Allowance(most, now));
        double minutes = Math.max(0, Duration.between(before.at(), now).toMillis() / 60_000.0);
        double left = Math.min(most, before.left() + minutes * most);
        if (left < 1) {
            throw refused(
                    Status.RESOURCE_EXHAUSTED,
                    token.id(),
                    "%d hosts have joined by it within a minute, which is its rate; the agent asks again by itself"
                            .formatted(terms.joinsPerMinute()));
        }
        transaction.put(RATES, token.id(), new Allowance(left - 1, now));
    }

    /**
     * The host of this address: one that is bound, or has a session from there, or was given up and
     * may come back. What was given up may be in anybody's hands, with its pool's token.
     */
    private Optional<String> owner(Transaction transaction, String address) {
        var bound =
                transaction.all(HostRecord.TABLE).stream()
                        .map(row -> row.value())
                        .filter(host -> host.enrolledFrom().equals(address))
                        .filter(host -> isOwner(transaction, host))
                        .map(HostRecord::id)
                        .findFirst();
        return bound.or(() -> connectedFrom.apply(address).map(HostId::value));
    }

    private static boolean isOwner(Transaction transaction, HostRecord host) {
        return switch (host.state()) {
            case ACTIVE -> transaction.find(Place.TABLE, host.id()).isPresent();
            case RETIRED -> true; // that it is wiped is only its own word
            default -> false;
        };
    }

    private static PoolRecord require(Transaction transaction, String tokenId, PoolTerms terms) {
        return transaction
                .find(PoolRecord.TABLE, terms.target())
                .orElseThrow(() ->
                        refused(
                                Status.FAILED_PRECONDITION,
                                tokenId,
                                "there is no pool %s; put it into the cluster's spec and apply"
                                        .formatted(terms.target())));
    }

    private static RuntimeException refused(Status status, String token, String why) {
        return Answers.refusal(status, "cannot enrol with token " + token + ": " + why);
    }
}
