package io.davit.controller.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Durations;
import io.davit.cli.Connection;
import io.davit.cli.Credential;
import io.davit.common.HostId;
import io.davit.common.JoinToken;
import io.davit.controller.audit.AuditChain;
import io.davit.controller.audit.AuditRow;
import io.davit.controller.store.Records;
import io.davit.proto.agent.v1.AgentGatewayGrpc;
import io.davit.proto.agent.v1.AgentMessage;
import io.davit.proto.agent.v1.FetchArtifactRequest;
import io.davit.proto.agent.v1.FinishResponse;
import io.davit.proto.agent.v1.StepResult;
import io.davit.proto.operator.v1.ControllerGrpc;
import io.davit.proto.operator.v1.CreateTokenRequest;
import io.davit.proto.operator.v1.Host;
import io.davit.proto.operator.v1.HostRequest;
import io.davit.proto.operator.v1.ListHostsRequest;
import io.davit.proto.operator.v1.RevokeTokenRequest;
import io.davit.proto.operator.v1.VersionRequest;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnrolmentAndSessionTest {

    @TempDir private Path directory;

    private ControllerRig rig;
    private Credential anna;

    @BeforeEach
    void start() throws Exception {
        rig = ControllerRig.start(directory);
        anna = rig.newAdmin("anna");
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    private JoinToken token() {
        return rig.newToken(anna, CreateTokenRequest.getDefaultInstance());
    }

    private int enrolment() {
        return rig.serving().enrolmentPort();
    }

    private int agents() {
        return rig.serving().agentsPort();
    }

    private TestAgent enrolled() throws Exception {
        var agent = new TestAgent();
        agent.enrol(enrolment(), token());
        return agent;
    }

    private List<Host> hosts() {
        try (Connection connection = Connection.open(anna)) {
            return connection
                    .ask(c -> c.hosts().list(ListHostsRequest.getDefaultInstance()))
                    .getHostsList();
        }
    }

    private static Status.Code refused(Callable<?> call) {
        try {
            call.call();
        } catch (StatusRuntimeException e) {
            return e.getStatus().getCode();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        return Status.Code.OK;
    }

    @Test
    void anAgentWithATokenBecomesAHostAndHoldsItsSession() throws Exception {
        try (TestAgent agent = enrolled()) {
            agent.connect(agents());
            var welcome = agent.next().getWelcome();
            assertThat(welcome.getEpoch()).isEqualTo(rig.foundation().epoch());
            assertThat(welcome.getHostId()).isEqualTo(agent.identity().getHostId());
            assertThat(welcome.getInventoryKey().size()).isEqualTo(32);
            agent.heartbeat(1);
            assertThat(agent.next().getHeartbeatAck().getSequence()).isEqualTo(1);
            assertThat(hosts())
                    .singleElement()
                    .satisfies(host -> {
                        assertThat(host.getConnected()).isTrue();
                        assertThat(host.getAddress()).isEqualTo("127.0.0.1");
                        assertThat(host.getReportedAddressesList()).containsExactly("198.18.0.11");
                        assertThat(host.getState()).isEqualTo("active");
                        assertThat(host.getCluster()).isEqualTo("unassigned");
                    });
        }
    }

    @Test
    void aSilentAgentIsAwayAndItsSessionEnds() throws Exception {
        try (TestAgent agent = enrolled()) {
            agent.connect(agents());
            agent.next();
            assertThat(agent.end().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
            assertThat(hosts()).singleElement().matches(host -> !host.getConnected());
        }
    }

    @Test
    void ofManyAttemptsOnATokenWithOneUseExactlyOneSucceeds() throws Exception {
        JoinToken token = token();
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            var results = new ArrayList<Future<Status.Code>>();
            for (int i = 0; i < 8; i++) {
                results.add(
                        pool.submit(
                                () -> refused(() -> new TestAgent().enrol(enrolment(), token))));
            }
            var codes = new ArrayList<Status.Code>();
            for (Future<Status.Code> result : results) {
                codes.add(result.get());
            }
            assertThat(codes).filteredOn(Status.Code.OK::equals).hasSize(1);
            assertThat(codes)
                    .filteredOn(code -> code != Status.Code.OK)
                    .containsOnly(Status.Code.PERMISSION_DENIED);
            assertThat(hosts()).hasSize(1);
        }
    }

    @Test
    void theSameKeyIsAnsweredAgainWithoutAnotherUse() throws Exception {
        JoinToken token = token();
        var agent = new TestAgent();
        FinishResponse first = agent.enrol(enrolment(), token);
        FinishResponse second = agent.enrol(enrolment(), token);
        assertThat(second.getEnrolled()).isEqualTo(first.getEnrolled());
        assertThat(refused(() -> new TestAgent().enrol(enrolment(), token)))
                .isEqualTo(Status.Code.PERMISSION_DENIED);
    }

    @Test
    void aTokenForManyWaitsForAPerson() throws Exception {
        JoinToken token = rig.newToken(anna, CreateTokenRequest.newBuilder().setUses(2).build());
        var agent = new TestAgent();
        FinishResponse pending = agent.enrol(enrolment(), token);
        assertThat(pending.getPending().getFingerprintWords().split(" ")).hasSize(6);
        assertThat(agent.enrol(enrolment(), token).hasPending()).isTrue();
        Host waiting = hosts().getFirst();
        assertThat(waiting.getState()).isEqualTo("pending");
        assertThat(waiting.getFingerprintWords())
                .isEqualTo(pending.getPending().getFingerprintWords());
        try (Connection connection = Connection.open(anna)) {
            connection.ask(c ->
                    c.hosts()
                            .approve(
                                    HostRequest.newBuilder()
                                            .setHostId(waiting.getHostId().substring(0, 8))
                                            .build()));
        }
        rig.advance(Duration.ofMinutes(61)); // the token is over, the approval counts
        assertThat(agent.enrol(enrolment(), token).hasEnrolled()).isTrue();
        agent.connect(agents());
        assertThat(agent.next().hasWelcome()).isTrue();
        agent.close();
    }

    @Test
    void anExpiredARevokedAndAWrongTokenAreRefused() throws Exception {
        JoinToken old =
                rig.newToken(
                        anna,
                        CreateTokenRequest.newBuilder().setTtl(Durations.fromMinutes(5)).build());
        JoinToken revoked = token();
        try (Connection connection = Connection.open(anna)) {
            connection.ask(c ->
                    c.tokens().revoke(RevokeTokenRequest.newBuilder().setId(revoked.id()).build()));
        }
        JoinToken elsewhere =
                rig.newToken(
                        anna, CreateTokenRequest.newBuilder().setCidr("198.18.0.0/24").build());
        JoinToken known = token();
        var forged =
                new JoinToken(
                        known.id(),
                        io.davit.common.Secret.random(new java.security.SecureRandom(), 32),
                        known.pins());
        rig.advance(Duration.ofMinutes(6));
        assertThat(refused(() -> new TestAgent().enrol(enrolment(), old)))
                .isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(refused(() -> new TestAgent().enrol(enrolment(), revoked)))
                .isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(refused(() -> new TestAgent().enrol(enrolment(), elsewhere)))
                .isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(refused(() -> new TestAgent().enrol(enrolment(), forged)))
                .isEqualTo(Status.Code.UNAUTHENTICATED);
        assertThat(hosts()).isEmpty();
    }

    @Test
    void aWrongPinStopsTheAgentBeforeItSendsAnything() {
        JoinToken token = token();
        var wrong = new JoinToken(token.id(), token.secret(), List.of("A".repeat(43)));
        assertThat(refused(() -> new TestAgent().enrol(enrolment(), wrong)))
                .isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(hosts()).isEmpty();
    }

    @Test
    void aNonceCountsOnceOnItsOwnConnectionAndForAMinute() throws Exception {
        JoinToken token = token();
        var agent = new TestAgent();
        try (var one = new TestAgent.Enrolling(enrolment(), token.pins().getFirst());
                var other = new TestAgent.Enrolling(enrolment(), token.pins().getFirst())) {
            byte[] nonce = one.begin(token.id());
            byte[] leaf = one.serverLeaf();
            other.begin(token.id());
            assertThat(refused(() -> other.stub().finish(agent.finish(token, nonce, leaf).build())))
                    .isEqualTo(Status.Code.UNAUTHENTICATED);
            var forAnotherServer = agent.finish(token, nonce, new byte[] {1, 2, 3}).build();
            assertThat(refused(() -> one.stub().finish(forAnotherServer)))
                    .isEqualTo(Status.Code.UNAUTHENTICATED);
            assertThat(refused(() -> one.stub().finish(agent.finish(token, nonce, leaf).build())))
                    .as("spent by the attempt before")
                    .isEqualTo(Status.Code.UNAUTHENTICATED);
            byte[] late = one.begin(token.id());
            rig.advance(Duration.ofSeconds(61));
            assertThat(refused(() -> one.stub().finish(agent.finish(token, late, leaf).build())))
                    .isEqualTo(Status.Code.UNAUTHENTICATED);
        }
        assertThat(hosts()).isEmpty();
    }

    @Test
    void anOversizeMessageIsRefused() throws Exception {
        JoinToken token = token();
        try (var enrolling = new TestAgent.Enrolling(enrolment(), token.pins().getFirst())) {
            byte[] nonce = enrolling.begin(token.id());
            var large =
                    new TestAgent()
                            .finish(token, nonce, enrolling.serverLeaf())
                            .setCsr(ByteString.copyFrom(new byte[20 << 10]))
                            .build();
            assertThat(refused(() -> enrolling.stub().finish(large)))
                    .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        }
    }

    @Test
    void aRemovedHostIsCutOffWithinASecondAndNeverComesBack() throws Exception {
        JoinToken token = token();
        var agent = new TestAgent();
        agent.enrol(enrolment(), token);
        agent.connect(agents());
        agent.next();
        long before = System.nanoTime();
        try (Connection connection = Connection.open(anna)) {
            connection.ask(c ->
                    c.hosts()
                            .remove(
                                    HostRequest.newBuilder()
                                            .setHostId(agent.identity().getHostId())
                                            .build()));
        }
        assertThat(agent.end().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(1));
        agent.close();
        agent.connect(agents());
        assertThat(agent.end().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
        agent.close();
        assertThat(refused(() -> agent.enrol(enrolment(), token)))
                .isEqualTo(Status.Code.PERMISSION_DENIED);
    }

    @Test
    void anAgentsCertificateOpensNoOperatorsPortNorTheOtherWayRound() throws Exception {
        try (TestAgent agent = enrolled()) {
            ManagedChannel channel = agent.channel(rig.serving().operatorsPort());
            assertThat(
                            refused(() ->
                                    ControllerGrpc.newBlockingStub(channel)
                                            .version(VersionRequest.getDefaultInstance())))
                    .isEqualTo(Status.Code.UNAVAILABLE);
            channel.shutdownNow();
        }
        var misdirected =
                new Credential(
                        anna.privateKeyPem(),
                        anna.certificateChainPem(),
                        anna.caBundlePem(),
                        "127.0.0.1:" + agents());
        assertThatThrownBy(
                        () -> {
                            try (Connection connection = Connection.open(misdirected)) {
                                connection.ask(c ->
                                        c.controller()
                                                .version(VersionRequest.getDefaultInstance()));
                            }
                        })
                .hasMessageContaining("TLS failed");
        var atEnrolment =
                new Credential(
                        anna.privateKeyPem(),
                        anna.certificateChainPem(),
                        anna.caBundlePem(),
                        "127.0.0.1:" + enrolment());
        assertThatThrownBy(
                        () -> {
                            try (Connection connection = Connection.open(atEnrolment)) {
                                connection.ask(c ->
                                        c.controller()
                                                .version(VersionRequest.getDefaultInstance()));
                            }
                        })
                .hasMessageContaining("does not know this call");
    }

    @Test
    void aCopyOfALiveAgentIsRefusedAsAPossibleClone() throws Exception {
        try (TestAgent agent = enrolled();
                TestAgent copy = agent.copy()) {
            agent.connect(agents());
            agent.next();
            var beats = new AtomicLong();
            var beating = Executors.newSingleThreadScheduledExecutor();
            beating.scheduleAtFixedRate(
                    () -> agent.heartbeat(beats.incrementAndGet()), 0, 100, TimeUnit.MILLISECONDS);
            copy.connect(agents());
            Status refusal = copy.end();
            assertThat(refusal.getCode()).isEqualTo(Status.Code.ALREADY_EXISTS);
            assertThat(refusal.getDescription()).contains("POSSIBLE_CLONE");
            assertThat(agent.isOpen()).isTrue();
            beating.shutdownNow();
            assertThat(hosts().getFirst().getWarningsList())
                    .anyMatch(warning -> warning.contains("POSSIBLE_CLONE"));
        }
    }

    @Test
    void aDeadSessionIsReplacedAndTheSameProcessAtOnce() throws Exception {
        try (TestAgent agent = enrolled();
                TestAgent again = agent.reconnecting();
                TestAgent afterPowerLoss = agent.copy()) {
            agent.connect(agents());
            agent.next();
            again.connect(agents());
            assertThat(again.next().hasWelcome()).isTrue();
            assertThat(agent.end().getCode()).isEqualTo(Status.Code.ABORTED);
            afterPowerLoss.connect(agents());
            assertThat(afterPowerLoss.next().hasWelcome())
                    .as("the holder showed no sign of life")
                    .isTrue();
        }
    }

    @Test
    void afterARestartTheEpochIsHigherAndHostsComeBack() throws Exception {
        try (TestAgent agent = enrolled()) {
            agent.connect(agents());
            var first = agent.next().getWelcome();
            long before = first.getEpoch();
            var id = new HostId(agent.identity().getHostId());
            byte[] key = rig.foundation().inventoryKey(id).reveal();
            rig.restart();
            agent.end();
            agent.close();
            agent.connect(agents());
            var welcome = agent.next().getWelcome();
            assertThat(welcome.getEpoch()).isGreaterThan(before);
            assertThat(welcome.getReignId())
                    .matches("[0-9a-f]{32}")
                    .isNotEqualTo(first.getReignId());
            assertThat(welcome.getInventoryKey().toByteArray()).isEqualTo(key);
        }
    }

    @Test
    void aResultOfAnOperationThatNobodyFollowsIsAcknowledged() throws Exception {
        try (TestAgent agent = enrolled()) {
            agent.connect(agents());
            agent.next();
            agent.send(
                    AgentMessage.newBuilder()
                            .setResult(
                                    StepResult.newBuilder()
                                            .setOperationId("o1")
                                            .setStepId("h/etcd/x")
                                            .setAttempt(2))
                            .build());
            assertThat(agent.next().getResultAck().getStepId()).isEqualTo("h/etcd/x");
        }
    }

    @Test
    void nothingIsServedToAHostWithoutARunningStep() throws Exception {
        try (TestAgent agent = enrolled()) {
            ManagedChannel channel = agent.channel(agents());
            assertThat(
                            refused(() ->
                                    AgentGatewayGrpc.newBlockingStub(channel)
                                            .fetchArtifact(
                                                    FetchArtifactRequest.newBuilder()
                                                            .setSha256("a".repeat(64))
                                                            .build())
                                            .hasNext()))
                    .isEqualTo(Status.Code.PERMISSION_DENIED);
            channel.shutdownNow();
        }
    }

    @Test
    void aSecondControllerOnTheSameStateIsRefused() {
        assertThatThrownBy(() ->
                        Foundation.open(
                                rig.foundation().config(),
                                ControllerRig.QUICK,
                                java.time.Clock.systemUTC(),
                                new java.security.SecureRandom()))
                .hasMessageContaining("another controller runs on it");
    }

    @Test
    void whatHappenedStandsInTheAuditChainAndTheChainIsWhole() throws Exception {
        enrolled().close();
        var wrong = new TestAgent();
        JoinToken spent = token();
        wrong.enrol(enrolment(), spent);
        assertThat(refused(() -> new TestAgent().enrol(enrolment(), spent)))
                .isEqualTo(Status.Code.PERMISSION_DENIED);
        Records records = rig.foundation().records();
        List<AuditRow> rows = AuditChain.newest(records, 100);
        assertThat(rows)
                .extracting(AuditRow::method)
                .contains(
                        "init",
                        "start",
                        "davit.operator.v1.Local/NewAdmin",
                        "davit.operator.v1.Tokens/Create",
                        "davit.agent.v1.Enrollment/Finish");
        assertThat(rows).anyMatch(row -> row.result().startsWith("denied: "));
        assertThat(rows.toString()).doesNotContain(spent.reveal().split("\\.")[2]);
        var chain =
                new AuditChain(
                        rig.foundation()
                                .secrets()
                                .require(records, io.davit.controller.audit.Changes.KEY_NAME),
                        java.time.Clock.systemUTC());
        assertThat(chain.verify(records)).isEmpty();
    }

    @Test
    void awaitConnectedTellsWhenAHostIsThere() throws Exception {
        try (TestAgent agent = enrolled()) {
            var id = new HostId(agent.identity().getHostId());
            assertThat(rig.foundation().agents().awaitConnected(id, Duration.ofMillis(50)))
                    .isFalse();
            var waiting =
                    Executors.newVirtualThreadPerTaskExecutor()
                            .submit(() ->
                                    rig.foundation()
                                            .agents()
                                            .awaitConnected(id, Duration.ofSeconds(10)));
            agent.connect(agents());
            assertThat(waiting.get()).isTrue();
            await().atMost(Duration.ofSeconds(5)).until(() -> hosts().getFirst().getConnected());
        }
    }
}
