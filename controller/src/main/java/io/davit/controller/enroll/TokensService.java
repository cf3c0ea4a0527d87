package io.davit.controller.enroll;

import io.davit.common.Digests;
import io.davit.common.JoinToken;
import io.davit.common.Names;
import io.davit.controller.access.Answers;
import io.davit.controller.access.Peer;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.pki.ControllerPki;
import io.davit.controller.store.Reads;
import io.davit.controller.store.Records;
import io.davit.proto.operator.v1.CreateTokenRequest;
import io.davit.proto.operator.v1.CreateTokenResponse;
import io.davit.proto.operator.v1.ListTokensRequest;
import io.davit.proto.operator.v1.ListTokensResponse;
import io.davit.proto.operator.v1.RevokeTokenRequest;
import io.davit.proto.operator.v1.RevokeTokenResponse;
import io.davit.proto.operator.v1.Token;
import io.davit.proto.operator.v1.TokensGrpc;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Makes, lists and revokes tokens. A token's secret is in one reply and nowhere else. */
public final class TokensService extends TokensGrpc.TokensImplBase {

    private static final Duration DEFAULT_LIFE = Duration.ofHours(1);
    private static final Duration LONGEST_LIFE = Duration.ofHours(24);
    private static final Duration DEFAULT_POOL_LIFE = Duration.ofDays(365);
    private static final Duration LONGEST_POOL_LIFE = Duration.ofDays(3_650);
    private static final int DEFAULT_RATE = 60;
    private static final int MOST_USES = 10_000;
    private static final Set<String> ROLES =
            Set.of("etcd", "load-balancer", "control-plane", "worker");

    private final Changes changes;
    private final Records records;
    private final ControllerPki pki;
    private final Clock clock;
    private final SecureRandom random;

    /** Tokens of this state. */
    public TokensService(
            Changes changes, Records records, ControllerPki pki, Clock clock, SecureRandom random) {
        this.changes = changes;
        this.records = records;
        this.pki = pki;
        this.clock = clock;
        this.random = random;
    }

    @Override
    public void create(CreateTokenRequest request, StreamObserver<CreateTokenResponse> observer) {
        Answers.unary(observer, () -> create(request, Peer.current().actor()));
    }

    private CreateTokenResponse create(CreateTokenRequest request, Actor actor) {
        return request.getPool().isEmpty()
                ? createForHosts(request, actor)
                : createForPool(request, actor);
    }

    private CreateTokenResponse createForHosts(CreateTokenRequest request, Actor actor) {
        require(
                request.getMaxMembers() == 0 && request.getJoinsPerMinute() == 0,
                "max and rate are for pool tokens; name the pool");
        Duration life = life(request, DEFAULT_LIFE, LONGEST_LIFE);
        int uses = request.getUses() == 0 ? 1 : request.getUses();
        require(
                uses > 0 && uses <= MOST_USES,
                "uses is " + Integer.toUnsignedString(uses) + ", want 1 to " + MOST_USES);
        require(
                request.getRolesList().stream().allMatch(ROLES::contains),
                "roles has one that is none of " + ROLES.stream().sorted().toList());
        require(
                request.getCluster().isEmpty() || Names.isLabel(request.getCluster()),
                "cluster \"" + Names.printable(request.getCluster()) + "\" is no cluster name");
        checkCidr(request.getCidr());
        JoinToken token = JoinToken.random(random, List.of(pki.rootPin()));
        Instant now = clock.instant();
        var record =
                new TokenRecord(
                        token.id(),
                        Digests.sha256Hex(token.secret().reveal()),
                        request.getRolesList(),
                        request.getCluster(),
                        request.getCidr(),
                        request.getAutoApprove() || uses == 1,
                        actor.name(),
                        now,
                        now.plus(life),
                        0,
                        uses,
                        Optional.empty());
        return store(request, actor, token, record, Optional.empty());
    }

    private CreateTokenResponse createForPool(CreateTokenRequest request, Actor actor) {
        var terms = terms(request);
        require(
                request.getUses() <= 1
                        && request.getRolesCount() == 0
                        && request.getCluster().isEmpty(),
                "a pool token has no uses, roles or cluster of its own: its pool says them");
        require(
                !request.getCidr().isEmpty(),
                "a pool token needs the network that its hosts boot in; give --cidr");
        checkCidr(request.getCidr());
        JoinToken token = JoinToken.random(random, List.of(pki.rootPin()));
        Instant now = clock.instant();
        var record =
                new TokenRecord(
                        token.id(),
                        Digests.sha256Hex(token.secret().reveal()),
                        List.of("worker"),
                        terms.cluster(),
                        request.getCidr(),
                        true,
                        actor.name(),
                        now,
                        now.plus(life(request, DEFAULT_POOL_LIFE, LONGEST_POOL_LIFE)),
                        0,
                        MOST_USES,
                        Optional.empty());
        return store(request, actor, token, record, Optional.of(terms));
    }

    private static PoolTerms terms(CreateTokenRequest request) {
        String[] parts = request.getPool().split("/", -1);
        require(
                parts.length == 2 && Names.isLabel(parts[0]) && Names.isLabel(parts[1]),
                "pool \"" + Names.printable(request.getPool()) + "\" is not CLUSTER/POOL");
        int max = request.getMaxMembers();
        require(
                max > 0 && max <= MOST_USES,
                "a pool token needs how many hosts it may bring; give --max from 1 to "
                        + MOST_USES);
        int rate = request.getJoinsPerMinute() == 0 ? DEFAULT_RATE : request.getJoinsPerMinute();
        require(
                rate > 0 && rate <= MOST_USES,
                "rate is "
                        + Integer.toUnsignedString(rate)
                        + " hosts a minute, want 1 to "
                        + MOST_USES);
        return new PoolTerms(parts[0], parts[1], max, rate);
    }

    private CreateTokenResponse store(
            CreateTokenRequest request,
            Actor actor,
            JoinToken token,
            TokenRecord record,
            Optional<PoolTerms> terms) {
        var change =
                new Change(
                        actor,
                        "davit.operator.v1.Tokens/Create",
                        "token/" + token.id(),
                        request.toString());
        changes.make(
                change,
                transaction -> {
                    terms.ifPresent(it -> {
                        require(
                                transaction.find(PoolRecord.TABLE, it.target()).isPresent(),
                                "there is no pool "
                                        + it.target()
                                        + "; put it into the cluster's spec and apply first");
                        transaction.add(PoolTerms.TABLE, token.id(), it);
                    });
                    transaction.add(TokenRecord.TABLE, token.id(), record);
                    return record;
                });
        return CreateTokenResponse.newBuilder()
                .setToken(token.reveal())
                .setDescription(view(record))
                .build();
    }

    private static Duration life(CreateTokenRequest request, Duration usual, Duration longest) {
        if (!request.hasTtl()) {
            return usual;
        }
        Duration asked =
                Duration.ofSeconds(request.getTtl().getSeconds(), request.getTtl().getNanos());
        require(
                asked.isPositive() && asked.compareTo(longest) <= 0,
                "ttl is "
                        + asked.toSeconds()
                        + " s, want more than 0 and at most "
                        + longest.toHours()
                        + " h");
        return asked;
    }

    private static void checkCidr(String cidr) {
        if (!cidr.isEmpty()) {
            try {
                Cidr.parse(cidr);
            } catch (IllegalArgumentException e) {
                require(false, String.valueOf(e.getMessage()));
            }
        }
    }

    private static void require(boolean right, String why) {
        if (!right) {
            throw Answers.refusal(Status.INVALID_ARGUMENT, "cannot create token: " + why);
        }
    }

    @Override
    public void list(ListTokensRequest request, StreamObserver<ListTokensResponse> observer) {
        Answers.unary(
                observer,
                () ->
                        ListTokensResponse.newBuilder()
                                .addAllTokens(
                                        records.all(TokenRecord.TABLE).stream()
                                                .map(Reads.Row::value)
                                                .map(this::view)
                                                .toList())
                                .build());
    }

    @Override
    public void revoke(RevokeTokenRequest request, StreamObserver<RevokeTokenResponse> observer) {
        Answers.unary(
                observer,
                () ->
                        RevokeTokenResponse.newBuilder()
                                .setToken(view(revoke(request.getId(), Peer.current().actor())))
                                .build());
    }

    private TokenRecord revoke(String id, Actor actor) {
        if (!id.matches("[a-z2-7]{10}")) {
            throw Answers.refusal(
                    Status.INVALID_ARGUMENT,
                    "cannot revoke token \""
                            + Names.printable(id)
                            + "\": want the 10 characters behind dvt1.");
        }
        var change = new Change(actor, "davit.operator.v1.Tokens/Revoke", "token/" + id, id);
        return changes.make(
                change,
                transaction -> {
                    TokenRecord revoked =
                            transaction
                                    .find(TokenRecord.TABLE, id)
                                    .orElseThrow(() ->
                                            Answers.refusal(
                                                    Status.NOT_FOUND,
                                                    "cannot revoke token "
                                                            + id
                                                            + ": it is not known\n  → davit"
                                                            + " token list shows those that are"))
                                    .revoked(clock.instant());
                    transaction.put(TokenRecord.TABLE, id, revoked);
                    return revoked;
                });
    }

    private Token view(TokenRecord token) {
        var view = described(token);
        records.find(PoolTerms.TABLE, token.id())
                .ifPresent(terms ->
                        view.setPool(terms.target())
                                .setMaxMembers(terms.max())
                                .setJoinsPerMinute(terms.joinsPerMinute())
                                .setMembers(
                                        (int)
                                                PoolMember.of(records, terms.cluster()).stream()
                                                        .filter(it ->
                                                                it.tokenId().equals(token.id()))
                                                        .count()));
        return view.build();
    }

    private static Token.Builder described(TokenRecord token) {
        return Token.newBuilder()
                .setId(token.id())
                .setExpiresAt(Answers.timestamp(token.expiresAt()))
                .setUses(token.uses())
                .setMaxUses(token.maxUses())
                .setAutoApprove(token.autoApprove())
                .addAllRoles(token.roles())
                .setCluster(token.cluster())
                .setCidr(token.cidr())
                .setCreatedBy(token.createdBy())
                .setRevoked(token.revokedAt().isPresent());
    }
}
