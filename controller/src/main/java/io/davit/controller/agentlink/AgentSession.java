package io.davit.controller.agentlink;

import io.davit.common.HostId;
import io.davit.controller.agentlink.CertificateDesk.CertificateRefusedException;
import io.davit.controller.agentlink.CertificateDesk.StepUnknownException;
import io.davit.controller.agentlink.ObservationParts.TooMuchException;
import io.davit.proto.agent.v1.AgentMessage;
import io.davit.proto.agent.v1.CancelBatch;
import io.davit.proto.agent.v1.CertificateReply;
import io.davit.proto.agent.v1.CertificateRequest;
import io.davit.proto.agent.v1.CheckBatch;
import io.davit.proto.agent.v1.CheckReport;
import io.davit.proto.agent.v1.CommitAgent;
import io.davit.proto.agent.v1.ControllerMessage;
import io.davit.proto.agent.v1.Heartbeat;
import io.davit.proto.agent.v1.HeartbeatAck;
import io.davit.proto.agent.v1.Hello;
import io.davit.proto.agent.v1.Observation;
import io.davit.proto.agent.v1.ObservationReport;
import io.davit.proto.agent.v1.ObserveRequest;
import io.davit.proto.agent.v1.ProbeReport;
import io.davit.proto.agent.v1.ProbeRequest;
import io.davit.proto.agent.v1.ResultAck;
import io.davit.proto.agent.v1.StepResult;
import io.davit.proto.agent.v1.UpgradeAgent;
import io.davit.proto.agent.v1.Welcome;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One agent's stream.
 *
 * <pre>
 *   OPENED ──Hello, accepted by the registry──▶ HELD ──any end──▶ ENDED
 *      └──────────────anything else──────────────────────────────▲
 * </pre>
 *
 * The agent's messages are taken one at a time, the next is asked for when one is dealt with. A
 * result is acknowledged only after the batch's listener has stored it.
 */
final class AgentSession implements StreamObserver<AgentMessage> {

    private static final Logger LOG = LoggerFactory.getLogger(AgentSession.class);

    /** Below the agents' limit on a message, with room for what surrounds the steps. */
    private static final int LONGEST_MESSAGE = 500 << 10;

    private final HostId host;
    private final String peerAddress;
    private final ServerCallStreamObserver<ControllerMessage> stream;
    private final Sessions sessions;
    private final CertificateDesk desk;
    private final Clock clock;
    private final Outbox outbox;

    private final AtomicLong ids = new AtomicLong();
    private final Questions<Observation> observations;
    private final Questions<CheckReport> checks;
    private final Questions<ProbeReport> probes;
    private final List<RunningBatch> batches = new CopyOnWriteArrayList<>();
    private final ObservationParts parts;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private State state = State.OPENED;
    private String runId = "";
    private long lastSign = System.nanoTime();

    private enum State {
        OPENED,
        HELD,
        ENDED
    }

    /** What another connection that claims the same host finds out about this one. */
    enum Sign {
        ALIVE,
        SILENT,
        ENDED
    }

    AgentSession(
            HostId host,
            String peerAddress,
            ServerCallStreamObserver<ControllerMessage> stream,
            Sessions sessions,
            CertificateDesk desk,
            Clock clock) {
        this.host = host;
        this.peerAddress = peerAddress;
        this.stream = stream;
        this.sessions = sessions;
        this.desk = desk;
        this.clock = clock;
        this.outbox = new Outbox(stream);
        this.observations = new Questions<>(host, ids);
        this.parts = new ObservationParts(observations::waits);
        this.checks = new Questions<>(host, ids);
        this.probes = new Questions<>(host, ids);
        stream.disableAutoRequest();
        stream.setOnReadyHandler(outbox::drain);
        stream.setOnCancelHandler(() -> end(Status.CANCELLED, "the agent closed its connection"));
        stream.request(1);
    }

    HostId host() {
        return host;
    }

    String peerAddress() {
        return peerAddress;
    }

    String runId() {
        lock.lock();
        try {
            return runId;
        } finally {
            lock.unlock();
        }
    }

    boolean cancelled() {
        return stream.isCancelled();
    }

    @Override
    public void onNext(AgentMessage message) {
        try {
            sign();
            take(message);
        } catch (RuntimeException failure) {
            LOG.error("cannot take a message of host {}", host, failure);
            end(Status.INTERNAL, "the controller failed; its log says why");
            return;
        }
        stream.request(1);
    }

    private void take(AgentMessage message) {
        if (message.getKindCase() == AgentMessage.KindCase.HELLO) {
            hello(message.getHello());
            return;
        }
        if (!isHeld()) {
            end(Status.FAILED_PRECONDITION, "the first message must be Hello");
            return;
        }
        switch (message.getKindCase()) {
            case HEARTBEAT -> heartbeat(message.getHeartbeat());
            case HEALTH -> sessions.health(host, HealthFromWire.report(message.getHealth()));
            case UPGRADE -> sessions.upgrade(host, message.getUpgrade());
            case OBSERVATION -> observation(message.getObservation());
            case PROGRESS -> batches.forEach(batch -> progress(batch, message));
            case RESULT -> result(message.getResult());
            case CHECK -> checks.answer(message.getCheck().getRequestId(), message.getCheck());
            case PROBE -> probes.answer(message.getProbe().getRequestId(), message.getProbe());
            case CERTIFICATE_REQUEST -> certificate(message.getCertificateRequest());
            case BATCH_REFUSED ->
                    batches.stream()
                            .filter(batch ->
                                    batch.operationId()
                                            .equals(message.getBatchRefused().getOperationId()))
                            .forEach(batch -> batch.refused(message.getBatchRefused()));
            case HELLO, KIND_NOT_SET ->
                    LOG.warn("host {} sent a message of a kind not known here", host);
        }
    }

    private void hello(Hello hello) {
        lock.lock();
        try {
            if (state != State.OPENED || !runId.isEmpty()) {
                end(Status.FAILED_PRECONDITION, "Hello may come once");
                return;
            }
            runId = hello.getAgentRunId().isEmpty() ? "?" : hello.getAgentRunId();
        } finally {
            lock.unlock();
        }
        sessions.admit(this, hello);
    }

    /** The registry took this session: greets the agent. */
    void hold(Welcome welcome) {
        lock.lock();
        try {
            if (state != State.OPENED) {
                return;
            }
            state = State.HELD;
        } finally {
            lock.unlock();
        }
        outbox.send(ControllerMessage.newBuilder().setWelcome(welcome).build());
    }

    private boolean isHeld() {
        lock.lock();
        try {
            return state == State.HELD;
        } finally {
            lock.unlock();
        }
    }

    private void heartbeat(Heartbeat heartbeat) {
        long now = clock.millis();
        long halfWay = heartbeat.getLastRoundTripUs() / 2000;
        sessions.heartbeat(host, Duration.ofMillis(heartbeat.getClockMs() + halfWay - now));
        outbox.send(
                ControllerMessage.newBuilder()
                        .setHeartbeatAck(
                                HeartbeatAck.newBuilder()
                                        .setSequence(heartbeat.getSequence())
                                        .setClockMs(now))
                        .build());
    }

    private void observation(ObservationReport report) {
        try {
            parts.add(report)
                    .ifPresent(observation -> {
                        sessions.observed(host, FromWire.observation(observation));
                        observations.answer(report.getRequestId(), observation);
                    });
        } catch (TooMuchException e) {
            end(Status.RESOURCE_EXHAUSTED, String.valueOf(e.getMessage()));
        }
    }

    private static void progress(RunningBatch batch, AgentMessage message) {
        if (batch.operationId().equals(message.getProgress().getOperationId())) {
            batch.progress(message.getProgress());
        }
    }

    private void result(StepResult result) {
        for (RunningBatch batch : batches) {
            if (batch.operationId().equals(result.getOperationId())) {
                batch.result(result);
            }
        }
        outbox.send(
                ControllerMessage.newBuilder()
                        .setResultAck(
                                ResultAck.newBuilder()
                                        .setOperationId(result.getOperationId())
                                        .setStepId(result.getStepId())
                                        .setAttempt(result.getAttempt()))
                        .build());
    }

    private void certificate(CertificateRequest request) {
        var reply = CertificateReply.newBuilder().setRequestId(request.getRequestId());
        try {
            reply.setCertificateChainPem(
                    desk.sign(
                            host,
                            request.getOperationId(),
                            request.getStepId(),
                            request.getCsr().toByteArray()));
        } catch (CertificateRefusedException refused) {
            LOG.warn("host {}: {}", host, refused.getMessage());
            reply.setError(String.valueOf(refused.getMessage()))
                    .setStepUnknown(refused instanceof StepUnknownException);
        }
        outbox.send(ControllerMessage.newBuilder().setCertificateReply(reply).build());
    }

    Observation observe(Duration deadline) throws HostAwayException, InterruptedException {
        return observations.ask(
                id ->
                        outbox.send(
                                ControllerMessage.newBuilder()
                                        .setObserve(ObserveRequest.newBuilder().setRequestId(id))
                                        .build()),
                deadline);
    }

    CheckReport check(List<Command> commands, Duration deadline)
            throws HostAwayException, InterruptedException {
        var question = CheckBatch.newBuilder();
        commands.forEach(command -> question.addSteps(ToWire.step(command)));
        return checks.ask(
                id ->
                        outbox.send(
                                ControllerMessage.newBuilder()
                                        .setCheck(question.setRequestId(id))
                                        .build()),
                deadline);
    }

    ProbeReport probe(ProbeRequest.Builder question, Duration deadline)
            throws HostAwayException, InterruptedException {
        return probes.ask(
                id ->
                        outbox.send(
                                ControllerMessage.newBuilder()
                                        .setProbe(question.setRequestId(id))
                                        .build()),
                deadline);
    }

    /** Sends a batch; what comes of it is told to it until {@link #forget}. */
    void execute(Batch batch, RunningBatch running) {
        ControllerMessage message =
                ControllerMessage.newBuilder()
                        .setExecute(ToWire.batch(batch, sessions.epoch().id()))
                        .build();
        if (message.getSerializedSize() > LONGEST_MESSAGE) {
            running.end()
                    .complete(
                            new BatchEnd.Refused(
                                    "malformed",
                                    "the batch has "
                                            + message.getSerializedSize()
                                            + " bytes, at most "
                                            + LONGEST_MESSAGE
                                            + " can be sent at once",
                                    batch.commands().stream().map(Command::stepId).toList()));
            return;
        }
        batches.add(running);
        if (!outbox.send(message) || !isHeld()) {
            running.contactLost("its session has ended");
        }
    }

    void forget(RunningBatch running) {
        batches.remove(running);
    }

    void cancel(String operationId) {
        outbox.send(
                ControllerMessage.newBuilder()
                        .setCancel(CancelBatch.newBuilder().setOperationId(operationId))
                        .build());
    }

    void upgrade(AgentBuilds.Order order) {
        var epoch = sessions.epoch();
        outbox.send(
                ControllerMessage.newBuilder()
                        .setUpgrade(
                                UpgradeAgent.newBuilder()
                                        .setOrderId(order.id())
                                        .setEpoch(epoch.number())
                                        .setReignId(epoch.id())
                                        .setVersion(order.version())
                                        .setBuild(order.build())
                                        .setSha256(order.sha256())
                                        .setSizeBytes(order.sizeBytes())
                                        .setAgain(order.again()))
                        .build());
    }

    void commit(String build) {
        outbox.send(
                ControllerMessage.newBuilder()
                        .setCommit(CommitAgent.newBuilder().setBuild(build))
                        .build());
    }

    private void sign() {
        lock.lock();
        try {
            lastSign = System.nanoTime();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        sessions.sign(host);
    }

    /** How long ago anything came from the agent. */
    Duration silence() {
        lock.lock();
        try {
            return Duration.ofNanos(System.nanoTime() - lastSign);
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the next sign of life. */
    Sign awaitSign(Duration deadline) throws InterruptedException {
        lock.lock();
        try {
            long before = lastSign;
            long left = deadline.toNanos();
            while (state != State.ENDED && lastSign == before && left > 0) {
                left = changed.awaitNanos(left);
            }
            if (state == State.ENDED) {
                return Sign.ENDED;
            }
            return lastSign == before ? Sign.SILENT : Sign.ALIVE;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onError(Throwable failure) {
        end(Status.CANCELLED, "the connection broke: " + Status.fromThrowable(failure).getCode());
    }

    @Override
    public void onCompleted() {
        end(Status.OK, "the agent ended its session");
    }

    /** Ends the session; whoever waits for the host is told. The second time nothing happens. */
    void end(Status status, String why) {
        lock.lock();
        try {
            if (state == State.ENDED) {
                return;
            }
            state = State.ENDED;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        LOG.info("session of host {} from {} ended: {}", host, peerAddress, why);
        sessions.left(this, why);
        outbox.close(status.isOk() ? status : status.withDescription(why));
        observations.fail(why);
        checks.fail(why);
        probes.fail(why);
        batches.forEach(batch -> batch.contactLost(why));
    }
}
