package io.davit.controller.enroll;

import io.davit.common.HostId;
import io.davit.common.Names;
import io.davit.common.Nearest;
import io.davit.controller.access.Answers;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.pki.ControllerPki;
import io.davit.controller.store.Reads;
import io.davit.controller.store.Records;
import io.grpc.Status;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.X509EncodedKeySpec;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** The hosts as the state knows them, and what a person decides about them. */
public final class Hosts {

    private static final int SHORTEST_PREFIX = 6;

    private final Changes changes;
    private final Records records;
    private final Enrolments enrolments;

    /** The hosts of this state. */
    public Hosts(
            Changes changes, Records records, ControllerPki pki, Clock clock, SecureRandom random) {
        this.changes = changes;
        this.records = records;
        // whom a person approves may be at the address of a host that is in no cluster
        this.enrolments = new Enrolments(changes, pki, _ -> Optional.empty(), clock, random);
    }

    /** All hosts, by HostId. */
    public List<HostRecord> all() {
        return records.all(HostRecord.TABLE).stream().map(Reads.Row::value).toList();
    }

    /** One host. */
    public Optional<HostRecord> find(HostId id) {
        return records.find(HostRecord.TABLE, id.value());
    }

    /** Where it is bound. */
    public Optional<Place> place(HostId id) {
        return records.find(Place.TABLE, id.value());
    }

    /** What is to become of a host that was given up. */
    public Optional<Retirement> retirement(HostId id) {
        return records.find(Retirement.TABLE, id.value());
    }

    /** Nothing of its cluster is left on a host that was given up. */
    public void wiped(HostId id, Instant at) {
        var change = new Change(Actor.controller(), "host.wiped", "host/" + id, "");
        changes.make(
                change,
                transaction -> {
                    transaction
                            .find(Retirement.TABLE, id.value())
                            .ifPresent(it ->
                                    transaction.put(Retirement.TABLE, id.value(), it.wiped(at)));
                    return id;
                });
    }

    /**
     * The host that a person means.
     *
     * @param prefix of its HostId, at least 6 digits
     * @throws io.grpc.StatusRuntimeException if it is none or more than one
     */
    public HostId resolve(String prefix) {
        if (prefix.length() < SHORTEST_PREFIX || !prefix.matches("[0-9a-f]{6,32}")) {
            throw Answers.refusal(
                    Status.INVALID_ARGUMENT,
                    "cannot find host \"%s\": want at least %d digits of its id%s\n  → davit hosts lists them"
                            .formatted(
                                    Names.printable(prefix), SHORTEST_PREFIX, byHostname(prefix)));
        }
        List<HostRecord> found =
                all().stream().filter(host -> host.id().startsWith(prefix)).toList();
        if (found.isEmpty()) {
            throw Answers.refusal(
                    Status.NOT_FOUND,
                    "cannot find host "
                            + prefix
                            + Nearest.hint(prefix, beginnings(prefix.length()))
                            + "\n  → davit hosts lists those that are known");
        }
        if (found.size() > 1) {
            throw Answers.refusal(
                    Status.INVALID_ARGUMENT,
                    "cannot find host %s: %d hosts begin so; give more digits"
                            .formatted(prefix, found.size()));
        }
        return new HostId(found.getFirst().id());
    }

    /** What they mean who give a machine's name, or nearly. */
    private String byHostname(String name) {
        var known = new TreeMap<String, String>();
        all().forEach(host -> known.put(host.description().hostname(), host.id()));
        return Nearest.of(name, known.keySet())
                .map(near ->
                        "; %s is %s".formatted(near, known.getOrDefault(near, "").substring(0, 12)))
                .orElse("");
    }

    private List<String> beginnings(int length) {
        return all().stream().map(host -> host.id().substring(0, length)).distinct().toList();
    }

    /** Approves a host that waits; an active one stays as it is. */
    public HostRecord approve(HostId id, Actor actor) {
        var change = new Change(actor, "davit.operator.v1.Hosts/Approve", "host/" + id, id.value());
        changes.make(
                change,
                transaction -> {
                    HostRecord host = require(transaction, id);
                    return switch (host.state()) {
                        case ACTIVE -> host;
                        case PENDING ->
                                enrolments.approve(transaction, host, key(host), actor.name());
                        case RETIRED ->
                                throw Answers.refusal(
                                        Status.FAILED_PRECONDITION,
                                        "cannot approve host "
                                                + id
                                                + ": it was given up unreached; remove it (davit"
                                                + " hosts remove), and enrol the machine anew with"
                                                + " a new token");
                        case BANNED ->
                                throw Answers.refusal(
                                        Status.FAILED_PRECONDITION,
                                        "cannot approve host "
                                                + id
                                                + ": it was removed; enrol it anew with a new"
                                                + " token");
                    };
                });
        return require(records, id);
    }

    /** Ends what is known of a host that is in no cluster; its certificate and key are refused. */
    public HostRecord remove(HostId id, Actor actor) {
        var change = new Change(actor, "davit.operator.v1.Hosts/Remove", "host/" + id, id.value());
        return changes.make(
                change,
                transaction -> {
                    HostRecord host = require(transaction, id);
                    transaction
                            .find(Place.TABLE, id.value())
                            .ifPresent(place -> {
                                boolean ofPool =
                                        transaction
                                                .find(PoolMember.TABLE, place.cluster() + "/" + id)
                                                .isPresent();
                                throw Answers.refusal(
                                        Status.FAILED_PRECONDITION,
                                        "cannot remove host %s: it is %s of cluster %s; %s first"
                                                .formatted(
                                                        id,
                                                        place.name(),
                                                        place.cluster(),
                                                        ofPool
                                                                ? "davit hosts remove "
                                                                        + place.name()
                                                                : "take it out of the spec and"
                                                                        + " apply"));
                            });
                    HostRecord banned = host.banned();
                    transaction.put(HostRecord.TABLE, id.value(), banned);
                    transaction.remove(Enrolments.PENDING, id.value());
                    transaction.remove(Retirement.TABLE, id.value());
                    return banned;
                });
    }

    /** Notes something that a person should look at. */
    public void warn(HostId id, String warning) {
        var change =
                new Change(
                        Actor.controller(),
                        "davit.agent.v1.AgentGateway/Session",
                        "host/" + id,
                        warning);
        changes.make(
                change,
                transaction -> {
                    HostRecord host = require(transaction, id);
                    if (!host.warnings().contains(warning)) {
                        transaction.put(HostRecord.TABLE, id.value(), host.withWarning(warning));
                    }
                    return host;
                });
    }

    private static HostRecord require(Reads reads, HostId id) {
        return reads.find(HostRecord.TABLE, id.value())
                .orElseThrow(() ->
                        Answers.refusal(
                                Status.NOT_FOUND,
                                "cannot find host "
                                        + id
                                        + ": it is not known\n"
                                        + "  → davit hosts lists those that are"));
    }

    private static PublicKey key(HostRecord host) {
        try {
            return KeyFactory.getInstance("EC")
                    .generatePublic(
                            new X509EncodedKeySpec(Base64.getDecoder().decode(host.publicKey())));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot read the key of host " + host.id(), e);
        }
    }
}
