package io.davit.agent.session;

import io.davit.agent.step.BatchAnswer;
import io.davit.agent.step.Engine;
import io.davit.agent.upgrade.SelfUpgrade;
import io.davit.common.Names;
import io.davit.proto.agent.v1.AgentMessage;
import io.davit.proto.agent.v1.BatchRefused;
import io.davit.proto.agent.v1.CannotTell;
import io.davit.proto.agent.v1.CheckBatch;
import io.davit.proto.agent.v1.CheckResult;
import io.davit.proto.agent.v1.ControllerMessage;
import io.davit.proto.agent.v1.ExecuteBatch;
import io.davit.proto.agent.v1.ObserveRequest;
import io.davit.proto.agent.v1.ProbeReading;
import io.davit.proto.agent.v1.ProbeReport;
import io.davit.proto.agent.v1.ProbeRequest;
import io.davit.proto.agent.v1.ResultAck;
import io.davit.proto.agent.v1.Step;
import io.davit.proto.agent.v1.UpgradeAgent;
import io.davit.proto.agent.v1.UpgradeProgress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the controller may ask, each kind in a lane of its own, so that a long CHECK delays no
 * heartbeat, no probe and no batch. A full lane answers that it is busy.
 */
final class Requests implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Requests.class);
    private static final Duration LONGEST_PROBE = Duration.ofSeconds(60);
    private static final String BUSY = "the agent is busy with earlier questions";

    private final Engine engine;
    private final CertificateDesk certificates;
    private final SelfUpgrade upgrade;
    private final Supplier<Optional<Connection>> connections;
    private final Lane observations = new Lane("observe", 1, 4);
    private final Lane checks = new Lane("check", 2, 8);
    private final Lane probes = new Lane("probe", 4, 32);

    /** One at a time, so that batches, cancellations and acknowledgements keep their order. */
    private final Lane work = new Lane("work", 1, 256);

    /** One at a time, each until this process ends or it is refused. */
    private final Lane upgrades = new Lane("upgrade", 1, 1);

    /**
     * @param connections the one of the moment, for what outlives the one that asked
     */
    Requests(
            Engine engine,
            CertificateDesk certificates,
            SelfUpgrade upgrade,
            Supplier<Optional<Connection>> connections) {
        this.engine = engine;
        this.certificates = certificates;
        this.upgrade = upgrade;
        this.connections = connections;
    }

    void handle(Connection from, ControllerMessage message) {
        switch (message.getKindCase()) {
            case OBSERVE -> observe(from, message.getObserve());
            case CHECK -> check(from, message.getCheck());
            case PROBE -> probe(from, message.getProbe());
            case EXECUTE -> execute(from, message.getExecute());
            case CANCEL -> inOrder(() -> engine.cancel(message.getCancel().getOperationId()));
            case RESULT_ACK -> inOrder(() -> acknowledge(from, message.getResultAck()));
            case CERTIFICATE_REPLY -> certificates.answered(message.getCertificateReply());
            case UPGRADE -> upgrade(message.getUpgrade());
            case COMMIT ->
                    inOrder(() ->
                            upgrade.commit(message.getCommit(), progress -> tell(from, progress)));
            case WELCOME -> throw new IllegalArgumentException("it sent a second Welcome");
            case HEARTBEAT_ACK, KIND_NOT_SET ->
                    LOG.debug("a message of kind {} is not for us", message.getKindCase());
        }
    }

    private void observe(Connection from, ObserveRequest request) {
        boolean taken =
                observations.take(
                        guarded(
                                "observe",
                                from,
                                () ->
                                        Messages.observation(
                                                        request.getRequestId(), engine.observe())
                                                .forEach(from::answer)));
        if (!taken) {
            LOG.warn("observation {} is not made: {}", request.getRequestId(), BUSY);
        }
    }

    private void check(Connection from, CheckBatch request) {
        boolean taken =
                checks.take(() -> {
                    if (from.isOpen()) {
                        from.answer(Messages.check(request.getRequestId(), checked(request)));
                    }
                });
        if (!taken) {
            from.answer(Messages.check(request.getRequestId(), cannotTell(request, BUSY)));
        }
    }

    private List<CheckResult> checked(CheckBatch request) {
        try {
            return engine.check(request.getStepsList());
        } catch (RuntimeException e) {
            LOG.error("cannot check steps", e);
            return cannotTell(request, "the check itself failed: " + e);
        }
    }

    private static List<CheckResult> cannotTell(CheckBatch request, String why) {
        var answer = CannotTell.newBuilder().setWhy(why).setRemedy("plan again");
        return request.getStepsList().stream()
                .map(step ->
                        CheckResult.newBuilder()
                                .setStepId(step.getStepId())
                                .setCannotTell(answer)
                                .build())
                .toList();
    }

    private void probe(Connection from, ProbeRequest request) {
        boolean taken =
                probes.take(() -> {
                    if (from.isOpen()) {
                        from.answer(reading(request, probed(request)));
                    }
                });
        if (!taken) {
            from.answer(reading(request, notOk(request, BUSY)));
        }
    }

    private ProbeReading probed(ProbeRequest request) {
        var asked =
                Duration.ofSeconds(
                        request.getDeadline().getSeconds(), request.getDeadline().getNanos());
        var deadline = asked.isZero() || asked.compareTo(LONGEST_PROBE) > 0 ? LONGEST_PROBE : asked;
        try {
            return engine.probe(request.getRole(), request.getCall(), deadline);
        } catch (RuntimeException e) {
            LOG.error("cannot probe", e);
            return notOk(request, "the probe itself failed: " + e);
        }
    }

    private static ProbeReading notOk(ProbeRequest request, String why) {
        return ProbeReading.newBuilder()
                .setRole(request.getRole())
                .setProbe(request.getCall().getProbe())
                .setError(why)
                .build();
    }

    private static AgentMessage reading(ProbeRequest request, ProbeReading reading) {
        return AgentMessage.newBuilder()
                .setProbe(
                        ProbeReport.newBuilder()
                                .setRequestId(request.getRequestId())
                                .setReading(reading))
                .build();
    }

    private void execute(Connection from, ExecuteBatch batch) {
        LOG.info(
                "operation {}: {} steps received",
                Names.printable(batch.getOperationId()),
                batch.getStepsCount());
        boolean taken =
                work.take(() -> {
                    if (submitted(batch) instanceof BatchAnswer.Refused refused) {
                        refuse(from, batch, refused);
                    }
                });
        if (!taken) {
            refuse(from, batch, refusal(batch, BUSY));
        }
    }

    private BatchAnswer submitted(ExecuteBatch batch) {
        try {
            return engine.submit(batch);
        } catch (RuntimeException e) {
            LOG.error("cannot take a batch", e);
            return refusal(batch, "the agent cannot take it now: " + e);
        }
    }

    private static BatchAnswer.Refused refusal(ExecuteBatch batch, String why) {
        return new BatchAnswer.Refused(
                "busy", why, batch.getStepsList().stream().map(Step::getStepId).toList());
    }

    private static void refuse(Connection from, ExecuteBatch batch, BatchAnswer.Refused refused) {
        LOG.warn(
                "operation {} is refused: {} ({})",
                Names.printable(batch.getOperationId()),
                Names.printable(refused.why()),
                refused.code());
        from.answer(
                AgentMessage.newBuilder()
                        .setBatchRefused(
                                BatchRefused.newBuilder()
                                        .setOperationId(batch.getOperationId())
                                        .setCode(refused.code())
                                        .setWhy(refused.why())
                                        .addAllStepIds(refused.stepIds()))
                        .build());
    }

    private void upgrade(UpgradeAgent order) {
        boolean taken =
                upgrades.take(() -> {
                    try {
                        upgrade.upgrade(
                                order,
                                progress -> connections.get().ifPresent(to -> tell(to, progress)));
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    } catch (RuntimeException e) {
                        LOG.error("cannot follow an order to upgrade", e);
                    }
                });
        if (!taken) {
            LOG.info("order {} is not taken: {}", Names.printable(order.getOrderId()), BUSY);
        }
    }

    private static void tell(Connection to, UpgradeProgress progress) {
        to.answer(AgentMessage.newBuilder().setUpgrade(progress).build());
    }

    private void acknowledge(Connection from, ResultAck ack) {
        engine.acknowledge(ack.getOperationId(), ack.getStepId(), ack.getAttempt());
        from.acknowledged(
                new Outbox.Attempt(ack.getOperationId(), ack.getStepId(), ack.getAttempt()));
    }

    /**
     * In the lane of work; in the stream's own thread when that is full, which slows the stream.
     */
    private void inOrder(Runnable task) {
        Runnable safe =
                () -> {
                    try {
                        task.run();
                    } catch (RuntimeException e) {
                        LOG.error("cannot follow the controller", e);
                    }
                };
        if (!work.take(safe)) {
            safe.run();
        }
    }

    private static Runnable guarded(String what, Connection from, Runnable task) {
        return () -> {
            try {
                if (from.isOpen()) {
                    task.run();
                }
            } catch (RuntimeException e) {
                LOG.error("cannot {}", what, e);
            }
        };
    }

    @Override
    public void close() {
        observations.close();
        checks.close();
        probes.close();
        work.close();
        upgrades.close();
    }
}
