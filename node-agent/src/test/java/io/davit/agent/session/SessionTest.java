package io.davit.agent.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.google.protobuf.ByteString;
import io.davit.agent.identity.HostIdentity;
import io.davit.agent.identity.Machine;
import io.davit.agent.link.ControllerChannels;
import io.davit.agent.link.FakeController;
import io.davit.agent.link.FakeWaits;
import io.davit.agent.link.TestPki;
import io.davit.agent.step.BatchAnswer;
import io.davit.agent.step.BlobSink;
import io.davit.agent.step.CertificateIssuer.RefusedException;
import io.davit.agent.upgrade.SelfUpgrade;
import io.davit.common.Digests;
import io.davit.common.HostId;
import io.davit.common.Identities;
import io.davit.common.Keys;
import io.davit.proto.agent.v1.AgentMessage;
import io.davit.proto.agent.v1.BlobHead;
import io.davit.proto.agent.v1.CancelBatch;
import io.davit.proto.agent.v1.CertificateReply;
import io.davit.proto.agent.v1.CheckBatch;
import io.davit.proto.agent.v1.CommitAgent;
import io.davit.proto.agent.v1.ControllerMessage;
import io.davit.proto.agent.v1.EndedUpgrade;
import io.davit.proto.agent.v1.ExecuteBatch;
import io.davit.proto.agent.v1.HealthReport;
import io.davit.proto.agent.v1.HostFacts;
import io.davit.proto.agent.v1.ObserveRequest;
import io.davit.proto.agent.v1.ProbeCall;
import io.davit.proto.agent.v1.ProbeRequest;
import io.davit.proto.agent.v1.ResultAck;
import io.davit.proto.agent.v1.Step;
import io.davit.proto.agent.v1.StepResult;
import io.davit.proto.agent.v1.UpgradeAgent;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

final class SessionTest {

    private static final Duration DEADLINE = Duration.ofSeconds(20);

    @TempDir Path directory;

    private final TestPki pki = new TestPki();
    private final FakeController controller;
    private final ControllerChannels channels = new ControllerChannels();
    private final ControllerLink link = new ControllerLink();
    private final FakeEngine engine = new FakeEngine(link.ports());
    private final FakeUpgrade upgrade = new FakeUpgrade();
    private final FakeWaits waits = FakeWaits.byHand();
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final AtomicInteger welcomes = new AtomicInteger();
    private final AtomicBoolean newToken = new AtomicBoolean();
    private final HostIdentity identity;
    private final Session session;
    private final FutureTask<Boolean> running;
    private final Thread thread;

    SessionTest() throws IOException {
        controller = new FakeController(pki);
        identity = identity();
        session =
                new Session(
                        controller.gatewayAddress(),
                        channels,
                        link,
                        engine,
                        upgrade,
                        () -> HostFacts.newBuilder().setHostname("h1").build(),
                        "1.2.3",
                        "run",
                        InstantSource.system(),
                        waits,
                        new Random(1));
        running =
                new FutureTask<>(() -> {
                    session.hold(identity(), _ -> welcomes.incrementAndGet(), newToken::get);
                    return true;
                });
        thread = Thread.ofVirtual().unstarted(running);
    }

    @BeforeEach
    void listen() {
        log.start();
        ((Logger) LoggerFactory.getLogger(Session.class)).addAppender(log);
    }

    @AfterEach
    void close() throws InterruptedException {
        ((Logger) LoggerFactory.getLogger(Session.class)).detachAppender(log);
        if (thread.getState() != Thread.State.NEW) {
            thread.interrupt();
            thread.join(DEADLINE);
        }
        session.close();
        channels.close();
        controller.close();
    }

    @Test
    void saysHelloAndTakesWhatTheWelcomeBrings() {
        hold();
        var hello = received(AgentMessage::hasHello).getFirst().getHello();
        assertThat(hello.getFacts().getHostname()).isEqualTo("h1");
        assertThat(hello.getAgentVersion()).isEqualTo("1.2.3");
        assertThat(hello.getAgentRunId()).isEqualTo("run");
        assertThat(engine.epochs).containsExactly(7L);
        assertThat(engine.reigns).containsExactly(FakeController.REIGN);
        assertThat(engine.inventoryKey.orElseThrow().length()).isEqualTo(32);
        assertThat(welcomes).hasValue(1);
    }

    @Test
    void theHelloSaysWhichBuildRunsAndHowTheLastChangeEnded() {
        upgrade.standing =
                new SelfUpgrade.Standing(
                        "1.2.3-0123456789ab",
                        true,
                        Optional.of(EndedUpgrade.newBuilder().setCode("silent").build()));
        hold();
        var hello = received(AgentMessage::hasHello).getFirst().getHello();
        assertThat(hello.getBuild()).isEqualTo("1.2.3-0123456789ab");
        assertThat(hello.getOnTrial()).isTrue();
        assertThat(hello.getLastUpgrade().getCode()).isEqualTo("silent");
    }

    @Test
    void anOrderToUpgradeIsHandedOnAndWhatComesOfItGoesBack() {
        hold();
        send(
                ControllerMessage.newBuilder()
                        .setUpgrade(UpgradeAgent.newBuilder().setOrderId("o-1"))
                        .build());
        until(() -> !received(AgentMessage::hasUpgrade).isEmpty());
        assertThat(received(AgentMessage::hasUpgrade).getFirst().getUpgrade().getDoing())
                .isEqualTo("taken");
        send(
                ControllerMessage.newBuilder()
                        .setCommit(CommitAgent.newBuilder().setBuild("b"))
                        .build());
        until(() -> received(AgentMessage::hasUpgrade).size() == 2);
        assertThat(received(AgentMessage::hasUpgrade).getLast().getUpgrade().getCommitted())
                .isTrue();
    }

    @Test
    void aHealthReportGoesOutAtOnceAndAgainOnEachNewConnection() {
        link.health(HealthReport.newBuilder().setSequence(1).build());
        hold();
        until(() -> !received(AgentMessage::hasHealth).isEmpty());
        link.health(HealthReport.newBuilder().setSequence(2).build());
        until(() -> received(AgentMessage::hasHealth).size() == 2);
        assertThat(received(AgentMessage::hasHealth))
                .extracting(message -> message.getHealth().getSequence())
                .containsExactly(1L, 2L);
    }

    @Test
    void beatsEveryTenSecondsGiveOrTakeATenth() {
        hold();
        until(() -> received(AgentMessage::hasHeartbeat).size() == 1);
        for (int beat = 2; beat <= 6; beat++) {
            int expected = beat;
            until(() -> heartbeatPauses().size() == expected - 1);
            waits.pass(Duration.ofMillis(11_001));
            until(() -> received(AgentMessage::hasHeartbeat).size() == expected);
        }
        assertThat(heartbeatPauses())
                .allSatisfy(pause ->
                        assertThat(pause).isBetween(Duration.ofSeconds(9), Duration.ofSeconds(11)));
        var last = received(AgentMessage::hasHeartbeat).getLast().getHeartbeat();
        assertThat(last.getSequence()).isEqualTo(6);
        assertThat(last.getStepId()).isEqualTo("step");
    }

    @Test
    void beatsWhileAllChecksHang() {
        engine.checksMayEnd = new CountDownLatch(1);
        hold();
        for (int i = 0; i < 20; i++) {
            send(ControllerMessage.newBuilder().setCheck(check(i)).build());
        }
        until(() -> received(AgentMessage::hasCheck).size() == 10); // those that found no room
        assertThat(received(AgentMessage::hasCheck))
                .allSatisfy(report ->
                        assertThat(report.getCheck().getResults(0).hasCannotTell()).isTrue());
        until(() -> heartbeatPauses().size() == 1);
        waits.pass(Duration.ofMillis(11_001));
        until(() -> received(AgentMessage::hasHeartbeat).size() == 2);
        send(ControllerMessage.newBuilder().setProbe(probe(77)).build());
        until(() -> !received(AgentMessage::hasProbe).isEmpty());

        engine.checksMayEnd.countDown();
        until(() -> received(AgentMessage::hasCheck).size() == 20);
    }

    @Test
    void anUnacknowledgedResultIsSentAgainAfterEachWelcome() {
        engine.stepEnds(result("before the session"));
        hold();
        until(() -> received(AgentMessage::hasResult).size() == 1);
        engine.stepEnds(result("within"));
        until(() -> received(AgentMessage::hasResult).size() == 2);
        send(
                ControllerMessage.newBuilder()
                        .setResultAck(
                                ResultAck.newBuilder()
                                        .setOperationId("op")
                                        .setStepId("before the session")
                                        .setAttempt(1))
                        .build());
        until(() -> engine.unacknowledged().size() == 1);

        controller.session().fail(Status.UNAVAILABLE);
        engine.stepEnds(result("while it is away"));
        passUntil(() -> controller.sessions.size() == 2);
        until(() -> received(AgentMessage::hasResult).size() == 2);
        assertThat(received(AgentMessage::hasResult))
                .extracting(message -> message.getResult().getStepId())
                .containsExactly("within", "while it is away");
    }

    @Test
    void dialsAgainWithGrowingPausesAndSaysWhy() {
        controller.welcomesToHoldBack.set(6);
        thread.start();
        passUntil(() -> welcomes.get() == 1);
        var lines = messages("no session with the controller");
        assertThat(lines).hasSizeGreaterThanOrEqualTo(6);
        assertThat(lines.getFirst()).contains("UNAVAILABLE: not now").contains("attempt 1");
        assertThat(lines.get(5)).contains("attempt 6");
    }

    @Test
    void aSilentControllerIsLeft() {
        controller.mute = true;
        hold();
        until(() -> heartbeatPauses().size() == 1);
        waits.pass(Duration.ofSeconds(36));
        until(() -> !messages("nothing was heard of it").isEmpty());
        passUntil(() -> welcomes.get() == 2);
    }

    @Test
    void aRefusedIdentityGoesOnUntilANewTokenIsThere() throws Exception {
        controller.refusing = true;
        thread.start();
        passUntil(() -> controller.sessions.size() == 2);
        assertThat(running.isDone()).isFalse();
        newToken.set(true);
        passUntil(running::isDone);
        assertThat(running.get(1, TimeUnit.SECONDS)).isTrue();
        assertThat(messages("enrolling anew")).hasSize(1);
    }

    @Test
    void aControllerOfAnotherRootGetsNoHello() throws Exception {
        try (var other = new FakeController(new TestPki())) {
            var misled =
                    new Session(
                            other.gatewayAddress(),
                            channels,
                            link,
                            engine,
                            upgrade,
                            HostFacts::getDefaultInstance,
                            "1",
                            "run",
                            InstantSource.system(),
                            waits,
                            new Random(1));
            var attempt =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    misled.hold(identity, _ -> {}, () -> false);
                                } catch (InterruptedException _) {
                                    // the test is over
                                }
                            });
            until(() -> !messages("its certificate is refused").isEmpty());
            assertThat(other.sessions).isEmpty();
            attempt.interrupt();
            attempt.join(DEADLINE);
            misled.close();
        }
    }

    @Test
    void aWelcomeOfAReignThatIsNotObeyedEndsTheSession() {
        engine.otherReign = Optional.of("epoch 7 was obeyed from another controller");
        thread.start();
        passUntil(() -> !messages("epoch 7 was obeyed from another controller").isEmpty());
        assertThat(welcomes).hasValue(0);
        assertThat(engine.inventoryKey).isEmpty();
    }

    @Test
    void theNextHelloNamesTheReignThatWasObeyed() {
        engine.reigns.add(FakeController.REIGN);
        hold();
        assertThat(received(AgentMessage::hasHello).getFirst().getHello().getReignId())
                .isEqualTo(FakeController.REIGN);
    }

    @Test
    void aWelcomeForAnotherHostEndsTheSession() {
        controller.hostsByKey.put("other", HostId.random(new SecureRandom()));
        thread.start();
        passUntil(() -> !messages("it welcomes host").isEmpty());
        assertThat(welcomes).hasValue(0);
    }

    @Test
    void handsOverBatchesInOrderAndReportsARefusal() {
        hold();
        send(batch("op1"));
        send(
                ControllerMessage.newBuilder()
                        .setCancel(CancelBatch.newBuilder().setOperationId("op1"))
                        .build());
        until(() -> engine.cancelled.equals(List.of("op1")));
        assertThat(engine.submitted).hasSize(1);

        engine.answer = new BatchAnswer.Refused("stale_epoch", "7 < 8", List.of("a"));
        send(batch("op2"));
        until(() -> !received(AgentMessage::hasBatchRefused).isEmpty());
        var refused = received(AgentMessage::hasBatchRefused).getFirst().getBatchRefused();
        assertThat(refused.getOperationId()).isEqualTo("op2");
        assertThat(refused.getCode()).isEqualTo("stale_epoch");
    }

    @Test
    void observesWhenAskedAndOnceAfterManyChanges() {
        hold();
        send(
                ControllerMessage.newBuilder()
                        .setObserve(ObserveRequest.newBuilder().setRequestId(5))
                        .build());
        until(() -> received(AgentMessage::hasObservation).size() == 1);
        assertThat(received(AgentMessage::hasObservation).getFirst().getObservation().getDone())
                .isTrue();

        for (int i = 0; i < 50; i++) {
            engine.ports.listener().changed();
        }
        until(() -> waits.asked().contains(Duration.ofSeconds(2)));
        waits.pass(Duration.ofMillis(2001));
        until(() -> received(AgentMessage::hasObservation).size() == 2);
        assertThat(received(AgentMessage::hasObservation).getLast().getObservation().getRequestId())
                .isZero();
        assertThat(engine.observations).hasValue(2);
    }

    @Test
    void aCertificateRequestOutlivesItsConnection() throws Exception {
        hold();
        var asked =
                async(() ->
                        engine.ports
                                .certificates()
                                .request("op", "step", 2, new byte[] {1}, DEADLINE));
        until(() -> !received(AgentMessage::hasCertificateRequest).isEmpty());
        controller.session().fail(Status.UNAVAILABLE);
        passUntil(() -> controller.sessions.size() == 2);
        until(() -> !received(AgentMessage::hasCertificateRequest).isEmpty());
        var request =
                received(AgentMessage::hasCertificateRequest).getFirst().getCertificateRequest();
        assertThat(request.getAttempt()).isEqualTo(2);
        send(
                ControllerMessage.newBuilder()
                        .setCertificateReply(
                                CertificateReply.newBuilder()
                                        .setRequestId(request.getRequestId())
                                        .setCertificateChainPem("chain"))
                        .build());
        assertThat(asked.get(DEADLINE.toSeconds(), TimeUnit.SECONDS)).isEqualTo("chain");
    }

    @Test
    void aRefusedCertificateSaysWhy() {
        hold();
        var asked =
                async(() ->
                        engine.ports
                                .certificates()
                                .request("op", "step", 1, new byte[] {1}, DEADLINE));
        until(() -> !received(AgentMessage::hasCertificateRequest).isEmpty());
        send(
                ControllerMessage.newBuilder()
                        .setCertificateReply(
                                CertificateReply.newBuilder().setRequestId(1).setError("no step"))
                        .build());
        assertThatThrownBy(() -> asked.get(DEADLINE.toSeconds(), TimeUnit.SECONDS))
                .cause()
                .isInstanceOf(RefusedException.class)
                .hasMessage("no step");
    }

    @Test
    void aStepThatTheControllerForgotIsNotRefusedForEver() {
        hold();
        var asked =
                async(() ->
                        engine.ports
                                .certificates()
                                .request("op", "step", 1, new byte[] {1}, DEADLINE));
        until(() -> !received(AgentMessage::hasCertificateRequest).isEmpty());
        send(
                ControllerMessage.newBuilder()
                        .setCertificateReply(
                                CertificateReply.newBuilder()
                                        .setRequestId(1)
                                        .setError("no step")
                                        .setStepUnknown(true))
                        .build());
        assertThatThrownBy(() -> asked.get(DEADLINE.toSeconds(), TimeUnit.SECONDS))
                .cause()
                .isInstanceOf(java.io.IOException.class)
                .hasMessage("the controller knows of no such step: no step");
    }

    @Test
    void aBlobIsSentWholeAndACallThatEndsEarlySaysWhy() throws Exception {
        byte[] content = new byte[500_000];
        new Random(3).nextBytes(content);
        Path file = Files.write(directory.resolve("blob"), content);
        var head = BlobHead.newBuilder().setName("one").setSizeBytes(content.length).build();
        var sent = new AtomicLong();
        assertThatThrownBy(() -> put(head, file, sent)).hasMessageContaining("no session");
        hold();

        put(head, file, sent);
        assertThat(controller.blobHeads).containsExactly(head);
        assertThat(controller.blobs.getFirst()).isEqualTo(content);
        assertThat(sent).hasValue(content.length);

        controller.blobEnd = Status.UNAVAILABLE.withDescription("stopping");
        assertThatThrownBy(() -> put(head, file, sent))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("stopping");
        controller.endBlobAt = 2;
        controller.blobEnd = Status.PERMISSION_DENIED.withDescription("has ended");
        assertThatThrownBy(() -> put(head, file, sent))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("has ended");
        controller.blobEnd = Status.RESOURCE_EXHAUSTED.withDescription("no room");
        assertThatThrownBy(() -> put(head, file, sent))
                .isInstanceOf(BlobSink.RefusedException.class)
                .hasMessageContaining("no room");
    }

    private void put(BlobHead head, Path file, AtomicLong sent) throws Exception {
        engine.ports.blobs().put(head, file, Duration.ofSeconds(20), sent::set);
    }

    @Test
    void anArtifactIsResumedWhereItBrokeOff() throws Exception {
        byte[] content = new byte[50_500];
        new Random(3).nextBytes(content);
        controller.artifact = content;
        controller.breakArtifactAfter = 20_000;
        String sha256 = Digests.sha256Hex(content);
        assertThatThrownBy(() -> engine.ports.artifacts().open(sha256, 0))
                .hasMessageContaining("no session");
        hold();

        byte[] first;
        try (var in = engine.ports.artifacts().open(sha256, 0)) {
            first = in.readNBytes(20_000);
            assertThatThrownBy(in::read).hasMessageContaining("cut");
        }
        try (var in = engine.ports.artifacts().open(sha256, first.length)) {
            byte[] rest = in.readAllBytes();
            assertThat(ByteString.copyFrom(first).concat(ByteString.copyFrom(rest)))
                    .isEqualTo(ByteString.copyFrom(content));
        }
        try (var in = engine.ports.artifacts().open("00", 0)) {
            assertThatThrownBy(in::read).hasMessageContaining("NOT_FOUND");
        }
    }

    private HostIdentity identity() {
        var id = HostId.random(new SecureRandom());
        controller.hostsByKey.put("key", id);
        var pair = Keys.newP256(new SecureRandom());
        return new HostIdentity(
                id,
                pair.getPrivate(),
                List.of(pki.agent(pair.getPublic(), Identities.ofHost(id)), pki.agentIssuer()),
                List.of(pki.root()),
                "abcdefghij",
                new Machine("", ""));
    }

    private void hold() {
        thread.start();
        until(() -> welcomes.get() == 1);
    }

    private void send(ControllerMessage message) {
        controller.session().send(message);
    }

    private List<AgentMessage> received(java.util.function.Predicate<AgentMessage> which) {
        return controller.session().received(which);
    }

    private List<Duration> heartbeatPauses() {
        return waits.asked().stream()
                .filter(pause -> pause.compareTo(Duration.ofSeconds(9)) >= 0)
                .toList();
    }

    private List<String> messages(String containing) {
        return List.copyOf(log.list).stream()
                .map(ILoggingEvent::getFormattedMessage)
                .filter(line -> line.contains(containing))
                .toList();
    }

    private static void until(Callable<Boolean> condition) {
        await().atMost(DEADLINE).pollInterval(Duration.ofMillis(5)).until(condition);
    }

    /** Time goes by in steps of a second until the condition holds. */
    private void passUntil(Callable<Boolean> condition) {
        until(() -> {
            waits.pass(Duration.ofSeconds(1));
            return condition.call();
        });
    }

    private static <T> FutureTask<T> async(Callable<T> task) {
        var future = new FutureTask<>(task);
        Thread.ofVirtual().start(future);
        return future;
    }

    private static CheckBatch check(long id) {
        return CheckBatch.newBuilder()
                .setRequestId(id)
                .addSteps(Step.newBuilder().setStepId("a"))
                .build();
    }

    private static ProbeRequest probe(long id) {
        return ProbeRequest.newBuilder()
                .setRequestId(id)
                .setRole("etcd")
                .setCall(ProbeCall.newBuilder().setProbe("health"))
                .build();
    }

    private static ControllerMessage batch(String operation) {
        return ControllerMessage.newBuilder()
                .setExecute(ExecuteBatch.newBuilder().setOperationId(operation))
                .build();
    }

    private static StepResult result(String step) {
        return StepResult.newBuilder().setOperationId("op").setStepId(step).setAttempt(1).build();
    }
}
