package io.davit.controller.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.davit.cli.Credential;
import io.davit.common.Digests;
import io.davit.common.HostId;
import io.davit.common.Secret;
import io.davit.controller.agentlink.Batch;
import io.davit.controller.agentlink.BatchEnd;
import io.davit.controller.agentlink.BatchListener;
import io.davit.controller.agentlink.CertificateDesk.CertificateRefusedException;
import io.davit.controller.agentlink.CheckResult;
import io.davit.controller.agentlink.Command;
import io.davit.controller.agentlink.GrpcAgents;
import io.davit.controller.agentlink.HostAwayException;
import io.davit.controller.agentlink.StepOutcome;
import io.davit.controller.metrics.ClusterSource;
import io.davit.controller.observe.ObservedHost;
import io.davit.controller.plan.AgentWork;
import io.davit.controller.plan.Content;
import io.davit.controller.plan.ProbeCall;
import io.davit.proto.agent.v1.AgentGatewayGrpc;
import io.davit.proto.agent.v1.AgentMessage;
import io.davit.proto.agent.v1.ArtifactChunk;
import io.davit.proto.agent.v1.BatchRefused;
import io.davit.proto.agent.v1.CertificateRequest;
import io.davit.proto.agent.v1.Changed;
import io.davit.proto.agent.v1.CheckReport;
import io.davit.proto.agent.v1.ControllerMessage;
import io.davit.proto.agent.v1.ExecuteBatch;
import io.davit.proto.agent.v1.Failed;
import io.davit.proto.agent.v1.FetchArtifactRequest;
import io.davit.proto.agent.v1.HostFacts;
import io.davit.proto.agent.v1.Observation;
import io.davit.proto.agent.v1.ObservationReport;
import io.davit.proto.agent.v1.Outcome;
import io.davit.proto.agent.v1.ProbeReading;
import io.davit.proto.agent.v1.ProbeReport;
import io.davit.proto.agent.v1.RoleInventory;
import io.davit.proto.agent.v1.SlotState;
import io.davit.proto.agent.v1.StepPhase;
import io.davit.proto.agent.v1.StepProgress;
import io.davit.proto.agent.v1.StepResult;
import io.davit.proto.agent.v1.WouldChange;
import io.davit.proto.operator.v1.CreateTokenRequest;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentLinkTest {

    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir private Path directory;

    private final byte[] artifact = new byte[4_000_000];
    private final List<String> heard = Collections.synchronizedList(new ArrayList<>());
    private final ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor();
    private final ReceivedBlobs blobs = new ReceivedBlobs();
    private ControllerRig rig;
    private TestAgent agent;
    private String reignId = "";
    private HostId host;
    private GrpcAgents agents;

    @BeforeEach
    void start() throws Exception {
        new Random(7).nextBytes(artifact);
        Path file = directory.resolve("artifact");
        Files.write(file, artifact);
        String sha256 = Digests.sha256Hex(artifact);
        rig =
                ControllerRig.start(
                        directory.resolve("controller"),
                        _ ->
                                new Engine(
                                        List.of(),
                                        (from, operation, step, _) -> {
                                            if (step.equals("e1/etcd/certificate")) {
                                                return "PEM for " + from + " in " + operation;
                                            }
                                            throw new CertificateRefusedException("no such step");
                                        },
                                        (_, wanted) -> wanted.equals(sha256),
                                        wanted ->
                                                wanted.equals(sha256)
                                                        ? Optional.of(file)
                                                        : Optional.empty(),
                                        blobs,
                                        ClusterSource.none(),
                                        List::of,
                                        () -> {}));
        Credential admin = rig.newAdmin("anna");
        agent = new TestAgent();
        agent.enrol(
                rig.serving().enrolmentPort(),
                rig.newToken(admin, CreateTokenRequest.getDefaultInstance()));
        agent.connect(rig.serving().agentsPort());
        reignId = agent.next().getWelcome().getReignId();
        host = new HostId(agent.identity().getHostId());
        agents = rig.foundation().agents();
    }

    @AfterEach
    void stop() {
        agent.close();
        rig.close();
        pool.shutdownNow();
    }

    private <T> Future<T> ask(Callable<T> question) {
        return pool.submit(question);
    }

    private static <T> T got(Future<T> answer) throws Exception {
        return answer.get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    private static Command write(String stepId) {
        return new Command(
                stepId,
                1,
                "etcd",
                "not there",
                Duration.ofSeconds(30),
                new AgentWork.WriteFile("etcd.config", Content.text("x"), false, ""),
                Optional.of(new Command.Bytes(Secret.ofText("name: \"x\"\n"))));
    }

    private Batch batch(String... steps) {
        return new Batch(
                "op1",
                rig.foundation().epoch(),
                5,
                List.of(steps).stream().map(AgentLinkTest::write).toList());
    }

    private BatchListener listener() {
        return new BatchListener() {
            @Override
            public void progress(
                    String stepId, int attempt, String phase, String detail, List<String> lines) {
                heard.add(stepId + " " + phase + " " + detail);
            }

            @Override
            public void result(String stepId, int attempt, StepOutcome outcome, Duration took) {
                heard.add(stepId + " " + outcome);
            }
        };
    }

    private void result(String stepId, Outcome outcome) {
        agent.send(
                AgentMessage.newBuilder()
                        .setResult(
                                StepResult.newBuilder()
                                        .setOperationId("op1")
                                        .setStepId(stepId)
                                        .setAttempt(1)
                                        .setOutcome(outcome))
                        .build());
    }

    private static Outcome changed() {
        return Outcome.newBuilder().setChanged(Changed.newBuilder().setWhat("wrote it")).build();
    }

    @Test
    void anObservationInSeveralMessagesIsOne() throws Exception {
        Future<ObservedHost> asked = ask(() -> agents.observe(host, SOON));
        long id = agent.next().getObserve().getRequestId();
        agent.send(
                report(
                        id,
                        Observation.newBuilder()
                                .setObservedAtMs(1000)
                                .setFacts(HostFacts.newBuilder().setArch("amd64").setCpus(2))
                                .addRoles(RoleInventory.newBuilder().setRole("host"))
                                .build(),
                        false));
        agent.send(
                report(
                        id,
                        Observation.newBuilder()
                                .addRoles(
                                        RoleInventory.newBuilder()
                                                .setRole("etcd")
                                                .addSlots(
                                                        SlotState.newBuilder()
                                                                .setSlot("etcd.config")
                                                                .setDigest("d")))
                                .build(),
                        true));
        ObservedHost observed = got(asked);
        var observation = observed.observation().orElseThrow();
        assertThat(observation.roles().keySet()).containsExactly("etcd", "host");
        assertThat(observation.facts().cpus()).isEqualTo(2);
        assertThat(observed.role("etcd").slot("etcd.config").orElseThrow().digest()).isEqualTo("d");
        assertThat(observed.peerAddress()).isEqualTo("127.0.0.1");
        assertThat(observed.standing().approved()).isTrue();
        assertThat(agents.hosts()).singleElement().matches(ObservedHost::connected);
    }

    private static AgentMessage report(long id, Observation observation, boolean done) {
        return AgentMessage.newBuilder()
                .setObservation(
                        ObservationReport.newBuilder()
                                .setRequestId(id)
                                .setObservation(observation)
                                .setDone(done))
                .build();
    }

    @Test
    void anObservationOfTooManyElementsEndsTheSessionAndSaysWhy() throws Exception {
        var role = RoleInventory.newBuilder().setRole("etcd");
        for (int i = 0; i < 10_000; i++) {
            role.addUnprepared("");
        }

        agent.send(report(0, Observation.newBuilder().addRoles(role).build(), false));

        assertThat(agent.end().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(agent.end().getDescription()).contains("10000 elements");
    }

    @Test
    void observationsBegunAtOnceAreBoundedTogether() throws Exception {
        var role = RoleInventory.newBuilder().setRole("etcd").addUnprepared("x".repeat(400 << 10));
        for (int i = 0; i < 3; i++) {
            ask(() -> agents.observe(host, SOON));
            long id = agent.next().getObserve().getRequestId();
            agent.send(report(id, Observation.newBuilder().addRoles(role).build(), false));
        }

        assertThat(agent.end().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(agent.end().getDescription()).contains("1 MiB");
    }

    @Test
    void whatNobodyWaitsForAnyMoreLeavesRoomForOthers() throws Exception {
        var role = RoleInventory.newBuilder().setRole("etcd").addUnprepared("x".repeat(400 << 10));
        for (int i = 0; i < 4; i++) {
            var asked = ask(() -> agents.observe(host, Duration.ofMillis(300)));
            long id = agent.next().getObserve().getRequestId();
            agent.send(report(id, Observation.newBuilder().addRoles(role).build(), false));
            assertThatThrownBy(() -> got(asked)).hasCauseInstanceOf(HostAwayException.class);
        }

        agent.heartbeat(1);
        assertThat(agent.next().hasHeartbeatAck()).isTrue();
    }

    @Test
    void aSessionThatSaysNothingIsEnded() throws Exception {
        try (var silent = agent.reconnecting()) {
            silent.open(rig.serving().agentsPort());

            assertThat(silent.end().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
            assertThat(silent.end().getDescription()).contains("Hello");
        }
    }

    @Test
    void aHostThatDoesNotAnswerInTimeIsAway() {
        assertThatThrownBy(() -> agents.observe(host, Duration.ofMillis(100)))
                .isInstanceOf(HostAwayException.class);
    }

    @Test
    void whoWaitsForAHostIsToldWhenItsSessionEnds() throws Exception {
        Future<ObservedHost> asked = ask(() -> agents.observe(host, Duration.ofSeconds(60)));
        agent.next();
        agent.close();
        assertThatThrownBy(() -> got(asked)).hasCauseInstanceOf(HostAwayException.class);
    }

    @Test
    void aCheckCarriesTheStepsAndBringsTheirResults() throws Exception {
        Future<List<CheckResult>> asked =
                ask(() -> agents.check(host, List.of(write("e1/etcd/config")), SOON));
        var check = agent.next().getCheck();
        assertThat(check.getSteps(0).getWriteFile().getContent().toStringUtf8())
                .isEqualTo("name: \"x\"\n");
        agent.send(
                AgentMessage.newBuilder()
                        .setCheck(
                                CheckReport.newBuilder()
                                        .setRequestId(check.getRequestId())
                                        .addResults(
                                                io.davit.proto.agent.v1.CheckResult.newBuilder()
                                                        .setStepId("e1/etcd/config")
                                                        .setWouldChange(
                                                                WouldChange.newBuilder()
                                                                        .setChange("w\u001b[31m")
                                                                        .setDiff("+a\n"))))
                        .build());
        assertThat(got(asked))
                .containsExactly(
                        new CheckResult.WouldChange(
                                "e1/etcd/config", "w\\u001b[31m", "+a\n", List.of(), false));
    }

    @Test
    void aProbeIsAskedWithItsArguments() throws Exception {
        Future<io.davit.controller.agentlink.ProbeReading> asked =
                ask(() ->
                        agents.probe(
                                host,
                                "control-plane",
                                new ProbeCall("node-ready", Map.of("name", "w1")),
                                SOON));
        var question = agent.next().getProbe();
        assertThat(question.getCall().getArgsMap()).containsEntry("name", "w1");
        agent.send(
                AgentMessage.newBuilder()
                        .setProbe(
                                ProbeReport.newBuilder()
                                        .setRequestId(question.getRequestId())
                                        .setReading(
                                                ProbeReading.newBuilder()
                                                        .setOk(true)
                                                        .putDetails("uid", "u1")))
                        .build());
        assertThat(got(asked).details()).containsEntry("uid", "u1");
    }

    @Test
    void aBatchIsFollowedToItsEndAndEveryResultAcknowledgedOnce() throws Exception {
        Future<BatchEnd> running = ask(() -> agents.execute(host, batch("s1", "s2"), listener()));
        ExecuteBatch sent = agent.next().getExecute();
        assertThat(sent.getOperationSequence()).isEqualTo(5);
        assertThat(sent.getReignId()).as("as in the Welcome").isEqualTo(reignId);
        assertThat(sent.getStepsList()).hasSize(2);
        agent.send(
                AgentMessage.newBuilder()
                        .setProgress(
                                StepProgress.newBuilder()
                                        .setOperationId("op1")
                                        .setStepId("s1")
                                        .setAttempt(1)
                                        .setPhase(StepPhase.STEP_PHASE_APPLY)
                                        .setDetail("writes"))
                        .build());
        result("s1", changed());
        assertThat(agent.next().getResultAck().getStepId()).isEqualTo("s1");
        result("s1", changed());
        assertThat(agent.next().hasResultAck()).as("a repeated one is acknowledged too").isTrue();
        result("s2", changed());
        assertThat(got(running)).isEqualTo(new BatchEnd.Finished());
        assertThat(heard)
                .containsExactly(
                        "s1 apply writes",
                        "s1 Changed[what=wrote it]",
                        "s2 Changed[what=wrote it]");
    }

    @Test
    void aBadResultEndsTheBatch() throws Exception {
        Future<BatchEnd> running = ask(() -> agents.execute(host, batch("s1", "s2"), listener()));
        agent.next();
        result(
                "s1",
                Outcome.newBuilder()
                        .setFailed(Failed.newBuilder().setWhy("disk full").addLogLines("l1"))
                        .build());
        assertThat(got(running)).isEqualTo(new BatchEnd.Finished());
        assertThat(heard).containsExactly("s1 Failed[why=disk full, logLines=[l1]]");
    }

    @Test
    void aResultThatCannotBeStoredIsNotAcknowledged() throws Exception {
        BatchListener broken =
                new BatchListener() {
                    @Override
                    public void progress(
                            String step, int attempt, String phase, String d, List<String> l) {}

                    @Override
                    public void result(String s, int a, StepOutcome o, Duration t) {
                        throw new IllegalStateException("no disk");
                    }
                };
        Future<BatchEnd> running = ask(() -> agents.execute(host, batch("s1"), broken));
        agent.next();
        result("s1", changed());
        agent.end();
        assertThat(got(running)).isInstanceOf(BatchEnd.ContactLost.class);
    }

    @Test
    void aRefusedBatchAndALostContactAreToldApart() throws Exception {
        Future<BatchEnd> running = ask(() -> agents.execute(host, batch("s1"), listener()));
        agent.next();
        agent.send(
                AgentMessage.newBuilder()
                        .setBatchRefused(
                                BatchRefused.newBuilder()
                                        .setOperationId("op1")
                                        .setCode("stale_epoch")
                                        .setWhy("9 was obeyed")
                                        .addStepIds("s1"))
                        .build());
        assertThat(got(running))
                .isEqualTo(new BatchEnd.Refused("stale_epoch", "9 was obeyed", List.of("s1")));
        Future<BatchEnd> lost = ask(() -> agents.execute(host, batch("s1"), listener()));
        agent.next();
        agent.close();
        assertThat(got(lost)).isInstanceOf(BatchEnd.ContactLost.class);
        agents.cancel(host, "op1");
    }

    @Test
    void aBatchThatIsTooLargeIsRefusedBeforeItIsSent() throws Exception {
        var large =
                new Command(
                        "s1",
                        1,
                        "etcd",
                        "",
                        SOON,
                        new AgentWork.WriteFile("etcd.config", Content.text(""), false, ""),
                        Optional.of(new Command.Bytes(Secret.of(new byte[600_000]))));
        BatchEnd end = agents.execute(host, new Batch("op1", 1, 1, List.of(large)), listener());
        assertThat(end).isInstanceOf(BatchEnd.Refused.class);
        agent.heartbeat(1);
        assertThat(agent.next().hasHeartbeatAck()).as("the session goes on").isTrue();
    }

    @Test
    void aCertificateIsAskedOfTheDeskInTheNameOfTheSession() throws Exception {
        for (String step : List.of("e1/etcd/certificate", "e1/etcd/other")) {
            agent.send(
                    AgentMessage.newBuilder()
                            .setCertificateRequest(
                                    CertificateRequest.newBuilder()
                                            .setRequestId(3)
                                            .setOperationId("op1")
                                            .setStepId(step)
                                            .setCsr(ByteString.copyFromUtf8("csr")))
                            .build());
        }
        ControllerMessage signed = agent.next();
        assertThat(signed.getCertificateReply().getCertificateChainPem())
                .isEqualTo("PEM for " + host + " in op1");
        assertThat(agent.next().getCertificateReply().getError()).isEqualTo("no such step");
    }

    @Test
    void anArtifactIsServedFromAnyOffset() throws Exception {
        ManagedChannel channel = agent.channel(rig.serving().agentsPort());
        try {
            var content = new ByteArrayOutputStream();
            AgentGatewayGrpc.newBlockingStub(channel)
                    .fetchArtifact(
                            FetchArtifactRequest.newBuilder()
                                    .setSha256(Digests.sha256Hex(artifact))
                                    .setOffset(300_001)
                                    .build())
                    .forEachRemaining(chunk -> {
                        assertThat(chunk.getOffset()).isEqualTo(300_001 + content.size());
                        assertThat(chunk.getSizeBytes()).isEqualTo(artifact.length);
                        assertThat(chunk.getData().size()).isLessThanOrEqualTo(64 << 10);
                        content.writeBytes(chunk.getData().toByteArray());
                    });
            assertThat(content.toByteArray())
                    .isEqualTo(java.util.Arrays.copyOfRange(artifact, 300_001, artifact.length));
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void aTransferEndsWhenItsHostIsRemoved() throws Exception {
        ManagedChannel channel = agent.channel(rig.serving().agentsPort());
        try {
            var transfer = new SlowTransfer();
            AgentGatewayGrpc.newStub(channel)
                    .fetchArtifact(
                            FetchArtifactRequest.newBuilder()
                                    .setSha256(Digests.sha256Hex(artifact))
                                    .build(),
                            transfer);
            transfer.begun.get(SOON.toSeconds(), TimeUnit.SECONDS);

            agents.end(host, "the host was removed");
            transfer.readOn();

            assertThat(transfer.ended.get(SOON.toSeconds(), TimeUnit.SECONDS).getCode())
                    .isEqualTo(Status.Code.PERMISSION_DENIED);
            assertThat(transfer.received.get()).isLessThan(artifact.length);
        } finally {
            channel.shutdownNow();
        }
    }

    /** Takes one chunk, and the others only when told to. */
    private static final class SlowTransfer
            implements ClientResponseObserver<FetchArtifactRequest, ArtifactChunk> {

        private final CompletableFuture<ClientCallStreamObserver<FetchArtifactRequest>> begun =
                new CompletableFuture<>();
        private final CompletableFuture<Status> ended = new CompletableFuture<>();
        private final AtomicInteger received = new AtomicInteger();
        private Optional<ClientCallStreamObserver<FetchArtifactRequest>> stream = Optional.empty();

        @Override
        public void beforeStart(ClientCallStreamObserver<FetchArtifactRequest> call) {
            stream = Optional.of(call);
            call.disableAutoRequestWithInitial(1);
        }

        void readOn() {
            begun.join().request(1000);
        }

        @Override
        public void onNext(ArtifactChunk chunk) {
            received.addAndGet(chunk.getData().size());
            begun.complete(stream.orElseThrow());
        }

        @Override
        public void onError(Throwable failure) {
            ended.complete(Status.fromThrowable(failure));
        }

        @Override
        public void onCompleted() {
            ended.complete(Status.OK);
        }
    }
}
