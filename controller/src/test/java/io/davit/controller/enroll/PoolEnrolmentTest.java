package io.davit.controller.enroll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.cli.Connection;
import io.davit.cli.Credential;
import io.davit.common.HostId;
import io.davit.common.JoinToken;
import io.davit.common.Keys;
import io.davit.common.Secret;
import io.davit.controller.TestClock;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.serve.ControllerRig;
import io.davit.controller.store.Batch;
import io.davit.controller.store.ConflictException;
import io.davit.controller.store.Document;
import io.davit.controller.store.StateStore;
import io.davit.proto.operator.v1.CreateTokenRequest;
import io.davit.proto.operator.v1.ListTokensRequest;
import io.davit.proto.operator.v1.RevokeTokenRequest;
import io.grpc.Status;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PoolEnrolmentTest {

    @TempDir private Path directory;

    private final TestClock clock = new TestClock(Instant.now());
    private final Map<String, HostId> connected = new HashMap<>();
    private ControllerRig rig;
    private Credential anna;

    @BeforeEach
    void start() throws Exception {
        rig = ControllerRig.start(directory);
        anna = rig.newAdmin("anna");
        pool(200);
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    private void pool(int max) {
        rig.foundation()
                .changes()
                .make(
                        new Change(Actor.controller(), "test", "cluster/prod", ""),
                        transaction -> {
                            Pools.accept(transaction, "prod", Map.of("web", max));
                            return "";
                        });
    }

    private static CreateTokenRequest.Builder request() {
        return CreateTokenRequest.newBuilder()
                .setPool("prod/web")
                .setCidr("198.18.0.0/16")
                .setMaxMembers(1_000)
                .setJoinsPerMinute(1_000);
    }

    private JoinToken token(CreateTokenRequest.Builder request) {
        return rig.newToken(anna, request.build());
    }

    private Enrolments enrolments(Changes changes) {
        return new Enrolments(
                changes,
                rig.foundation().pki(),
                address -> Optional.ofNullable(connected.get(address)),
                clock,
                new SecureRandom());
    }

    private Enrolments.Result enrol(JoinToken token, PublicKey key, String from) {
        return enrol(enrolments(rig.foundation().changes()), token, key, from);
    }

    private static Enrolments.Result enrol(
            Enrolments enrolments, JoinToken token, PublicKey key, String from) {
        return enrolments.enrol(
                new Enrolments.Attempt(
                        token.id(),
                        token.secret(),
                        key,
                        new HostRecord.Description("h", "m", "", "debian 12", "test"),
                        InetAddress.ofLiteral(from)),
                Actor.controller());
    }

    private static PublicKey key() {
        return Keys.newP256(new SecureRandom()).getPublic();
    }

    private HostId join(JoinToken token, String from) {
        return ((Enrolments.Enrolled) enrol(token, key(), from)).host();
    }

    private List<PoolMember> members() {
        return PoolMember.of(rig.foundation().records(), "prod");
    }

    private void refused(JoinToken token, String from, Status.Code code, String why) {
        assertThatThrownBy(() -> enrol(token, key(), from))
                .hasMessageContaining(why)
                .extracting(e -> Status.fromThrowable(e).getCode())
                .isEqualTo(code);
    }

    @Test
    void aHostWithAPoolTokenIsAMemberAtOnce() {
        var token = token(request());
        var host = join(token, "198.18.0.50");
        String name = "web-" + host.value().substring(0, 8);
        assertThat(members())
                .containsExactly(
                        new PoolMember(
                                host, "prod", "web", name, "198.18.0.50", token.id(), false));
        var records = rig.foundation().records();
        assertThat(records.find(Place.TABLE, host.value())).contains(new Place("prod", name));
        assertThat(records.all(PoolJoin.TABLE)).hasSize(1);
    }

    @Test
    void ofAPoolOf200TheNext201stIsRefused() {
        var token = token(request());
        for (int i = 0; i < 200; i++) {
            join(token, "198.18.1." + i);
        }
        assertThat(members()).extracting(PoolMember::name).doesNotHaveDuplicates().hasSize(200);
        refused(
                token,
                "198.18.2.1",
                Status.Code.RESOURCE_EXHAUSTED,
                "pool prod/web is full: it has 200 of 200 hosts");
        assertThat(members()).hasSize(200);
    }

    @Test
    void theTokensMaxCountsItsOwnHosts() {
        var small = token(request().setMaxMembers(1));
        var large = token(request());
        join(large, "198.18.0.50");
        join(small, "198.18.0.51");
        refused(
                small,
                "198.18.0.52",
                Status.Code.RESOURCE_EXHAUSTED,
                "has all 1 hosts that this token may bring");
        join(large, "198.18.0.52");
    }

    @Test
    void aLostAnswerIsAskedForAgainAndNotCountedTwice() {
        pool(1);
        var token = token(request().setMaxMembers(1).setJoinsPerMinute(1));
        var key = key();
        var first = enrol(token, key, "198.18.0.50");
        assertThat(enrol(token, key, "198.18.0.50")).isEqualTo(first);
        assertThat(members()).hasSize(1);
    }

    @Test
    void aSecondHostAtAnAddressWaitsAsAPossibleCloneAndAThirdMayNotEvenWait() {
        var token = token(request());
        var first = join(token, "198.18.0.50");
        assertThat(enrol(token, key(), "198.18.0.50")).isInstanceOf(Enrolments.Waiting.class);
        assertThat(members()).hasSize(1);
        var waiting =
                rig.foundation().hosts().all().stream()
                        .filter(host -> host.state() == HostState.PENDING)
                        .findFirst()
                        .orElseThrow();
        assertThat(waiting.warnings())
                .singleElement()
                .asString()
                .startsWith("POSSIBLE_CLONE")
                .contains(first.value());
        refused(
                token,
                "198.18.0.50",
                Status.Code.RESOURCE_EXHAUSTED,
                "another waits for approval there");
        assertThatThrownBy(() ->
                        rig.foundation()
                                .hosts()
                                .approve(new HostId(waiting.id()), Actor.controller()))
                .hasMessageContaining("is still that of host " + first);
    }

    @Test
    void whatWasGivenUpKeepsItsAddressUntilAPersonRemovesIt() {
        var token = token(request());
        var host = join(token, "198.18.0.50");
        giveUp(host);

        assertThat(enrol(token, key(), "198.18.0.50"))
                .as("by the same token, with another key")
                .isInstanceOf(Enrolments.Waiting.class);

        rig.foundation().hosts().wiped(host, clock.instant());
        assertThatThrownBy(() -> enrol(token, key(), "198.18.0.50"))
                .as("that it is wiped is its own word; one waits there already")
                .hasMessageContaining("another waits for approval there");
        assertThat(enrol(token, key(), "198.18.0.51")).isInstanceOf(Enrolments.Enrolled.class);
    }

    private void giveUp(HostId host) {
        rig.foundation()
                .changes()
                .make(
                        new Change(Actor.controller(), "test", "host/" + host, ""),
                        transaction -> {
                            var place = transaction.find(Place.TABLE, host.value()).orElseThrow();
                            var record =
                                    transaction.find(HostRecord.TABLE, host.value()).orElseThrow();
                            Retirement.begin(transaction, record, place, true);
                            transaction.remove(Place.TABLE, host.value());
                            return "";
                        });
    }

    @Test
    void theAddressOfAnyHostThatIsConnectedIsTaken() {
        connected.put("198.18.0.50", new HostId("1".repeat(32)));
        assertThat(enrol(token(request()), key(), "198.18.0.50"))
                .isInstanceOf(Enrolments.Waiting.class);
    }

    @Test
    void oneThatAPersonApprovesIsAMemberToo() {
        connected.put("198.18.0.50", new HostId("1".repeat(32)));
        var token = token(request());
        enrol(token, key(), "198.18.0.50");
        var waiting = new HostId(rig.foundation().hosts().all().getFirst().id());
        rig.foundation().hosts().approve(waiting, Actor.controller());
        assertThat(members()).singleElement().matches(member -> member.host().equals(waiting));
    }

    @Test
    void aTokenWorksFromItsNetworkOnly() {
        refused(token(request()), "198.19.0.1", Status.Code.PERMISSION_DENIED, "works from");
    }

    @Test
    void moreThanItsRateWaitForTheNextMinute() {
        var token = token(request().setJoinsPerMinute(2));
        join(token, "198.18.0.50");
        join(token, "198.18.0.51");
        refused(
                token,
                "198.18.0.52",
                Status.Code.RESOURCE_EXHAUSTED,
                "2 hosts have joined by it within a minute");
        clock.advance(Duration.ofSeconds(31));
        join(token, "198.18.0.52");
        refused(token, "198.18.0.53", Status.Code.RESOURCE_EXHAUSTED, "its rate");
    }

    @Test
    void aTokenEnds() {
        var token = token(request());
        clock.advance(Duration.ofDays(364));
        join(token, "198.18.0.50");
        clock.advance(Duration.ofDays(2));
        refused(token, "198.18.0.51", Status.Code.PERMISSION_DENIED, "it expired at");
    }

    @Test
    void aRevokedTokenBringsNobodyAndItsHostsStay() {
        var token = token(request());
        join(token, "198.18.0.50");
        try (Connection connection = Connection.open(anna)) {
            connection.ask(c ->
                    c.tokens().revoke(RevokeTokenRequest.newBuilder().setId(token.id()).build()));
            assertThat(
                            connection
                                    .ask(c ->
                                            c.tokens().list(ListTokensRequest.getDefaultInstance()))
                                    .getTokensList())
                    .singleElement()
                    .satisfies(it -> {
                        assertThat(it.getRevoked()).isTrue();
                        assertThat(it.getPool()).isEqualTo("prod/web");
                        assertThat(it.getMembers()).isEqualTo(1);
                    });
        }
        refused(token, "198.18.0.51", Status.Code.PERMISSION_DENIED, "it was revoked at");
        assertThat(members()).hasSize(1);
    }

    @Test
    void aPoolThatIsClosedTakesNobody() {
        var token = token(request());
        rig.foundation()
                .changes()
                .make(
                        new Change(Actor.controller(), "test", "cluster/prod", ""),
                        transaction -> {
                            Pools.close(transaction, "prod");
                            return "";
                        });
        refused(token, "198.18.0.50", Status.Code.FAILED_PRECONDITION, "there is no pool prod/web");
    }

    @Test
    void aPoolTokenNeedsAKnownPoolANetworkAndAMax() {
        notCreated(request().setPool("prod/wep"), "there is no pool prod/wep");
        notCreated(request().setPool("prod"), "is not CLUSTER/POOL");
        notCreated(request().clearCidr(), "give --cidr");
        notCreated(request().clearMaxMembers(), "give --max");
        notCreated(request().setUses(2), "no uses");
        notCreated(CreateTokenRequest.newBuilder().setMaxMembers(2), "name the pool");
    }

    private void notCreated(CreateTokenRequest.Builder request, String why) {
        assertThatThrownBy(() -> token(request)).hasMessageContaining(why);
    }

    @Test
    void afterACrashHostAndBindingAreThereTogetherOrNotAtAll() {
        var token = token(request());
        var key = key();
        var dying = new DyingStore(rig.foundation().store());
        var crashing = enrolments(new Changes(dying, Secret.ofText("k"), clock));

        dying.beforeCommit = true;
        assertThatThrownBy(() -> enrol(crashing, token, key, "198.18.0.50"))
                .hasMessageContaining("power cut");
        assertThat(members()).isEmpty();
        assertThat(rig.foundation().hosts().all()).isEmpty();
        assertThat(rig.foundation().records().all(PoolJoin.TABLE)).isEmpty();

        dying.beforeCommit = false;
        assertThatThrownBy(() -> enrol(crashing, token, key, "198.18.0.50"))
                .hasMessageContaining("power cut");
        assertThat(members()).hasSize(1);
        assertThat(rig.foundation().hosts().all()).hasSize(1);
        assertThat(rig.foundation().records().all(PoolJoin.TABLE)).hasSize(1);
        assertThat(enrol(token, key, "198.18.0.50"))
                .isInstanceOfSatisfying(
                        Enrolments.Enrolled.class,
                        enrolled ->
                                assertThat(enrolled.host()).isEqualTo(members().getFirst().host()));
    }

    /** Loses power right before or right after a commit. */
    private static final class DyingStore implements StateStore {

        private final StateStore real;
        boolean beforeCommit;

        DyingStore(StateStore real) {
            this.real = real;
        }

        @Override
        public Optional<Document> read(String key) {
            return real.read(key);
        }

        @Override
        public List<Document> list(String prefix) {
            return real.list(prefix);
        }

        @Override
        public List<Document> last(String prefix, int limit) {
            return real.last(prefix, limit);
        }

        @Override
        public void commit(Batch batch) throws ConflictException {
            if (!beforeCommit) {
                real.commit(batch);
            }
            throw new IllegalStateException("power cut");
        }

        @Override
        public void close() {
            real.close();
        }
    }
}
