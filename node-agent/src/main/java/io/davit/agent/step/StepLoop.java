package io.davit.agent.step;

import com.google.protobuf.InvalidProtocolBufferException;
import io.davit.agent.journal.Journal;
import io.davit.agent.journal.JournalRecord;
import io.davit.agent.journal.LedgerStore;
import io.davit.agent.journal.StepKey;
import io.davit.agent.observe.LiveHost;
import io.davit.agent.observe.SlotDigests;
import io.davit.agent.profile.Catalogue;
import io.davit.agent.system.HostSystem;
import io.davit.agent.system.TransientUnits;
import io.davit.common.Secret;
import io.davit.proto.agent.v1.ExecuteBatch;
import io.davit.proto.agent.v1.Outcome;
import io.davit.proto.agent.v1.Step;
import io.davit.proto.agent.v1.StepResult;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the engine's thread does: steps, with the journal before and after each of them. */
final class StepLoop {

    private static final Logger LOG = LoggerFactory.getLogger(StepLoop.class);
    private static final Duration TRANSIENT_UNIT = Duration.ofMinutes(15);

    private final HostSystem system;
    private final Catalogue catalogue;
    private final EnginePorts ports;
    private final Path stateDirectory;
    private final Journal journal;
    private final LedgerStore ledger;
    private final Secret journalKey;
    private final StepRunner runner;
    private final UnitLives lives;
    private final Function<Optional<Secret>, LiveHost> hosts;
    private final AtomicReference<Optional<Secret>> inventoryKey;
    private final CountDownLatch closing;
    private final Predicate<ExecuteBatch> goOn;
    private final Predicate<String> cancelled;
    private final AtomicReference<Optional<RunningStep>> inHand =
            new AtomicReference<>(Optional.empty());

    StepLoop(
            HostSystem system,
            Catalogue catalogue,
            EnginePorts ports,
            Path stateDirectory,
            Journal journal,
            LedgerStore ledger,
            Secret journalKey,
            StepRunner runner,
            UnitLives lives,
            Function<Optional<Secret>, LiveHost> hosts,
            AtomicReference<Optional<Secret>> inventoryKey,
            CountDownLatch closing,
            Predicate<ExecuteBatch> goOn,
            Predicate<String> cancelled) {
        this.system = system;
        this.catalogue = catalogue;
        this.ports = ports;
        this.stateDirectory = stateDirectory;
        this.journal = journal;
        this.ledger = ledger;
        this.journalKey = journalKey;
        this.runner = runner;
        this.lives = lives;
        this.hosts = hosts;
        this.inventoryKey = inventoryKey;
        this.closing = closing;
        this.goOn = goOn;
        this.cancelled = cancelled;
    }

    Optional<RunningStep> inHand() {
        return inHand.get();
    }

    /** Looks at what was begun before a crash, and reports it. */
    void recover(JournalRecord.Intent intent)
            throws InterruptedException, StepRunner.JournalFailedException {
        StepKey key = intent.key();
        inHand.set(Optional.of(new RunningStep(key.operationId(), key.stepId(), key.attempt())));
        LOG.info("looking at {}, which was begun before the agent was started", key);
        Outcome outcome;
        var step = JournaledStep.read(intent);
        if (step.isEmpty()) {
            outcome = StepEnded.failed("cannot read the journaled step").outcome();
        } else {
            awaitTransientUnit(key);
            outcome = runner.recover(step.get(), hosts.apply(Optional.of(journalKey)));
        }
        end(key, intent.epoch(), outcome, Duration.ZERO);
        inHand.set(Optional.empty());
    }

    private void awaitTransientUnit(StepKey key) throws InterruptedException {
        String name = TransientUnits.name(key.operationId(), key.stepId(), "");
        try {
            if (!system.transientUnits().await(name, TRANSIENT_UNIT)) {
                LOG.warn("unit {} still runs after {}", name, TRANSIENT_UNIT);
            }
        } catch (IOException e) {
            LOG.warn("cannot look for units {}: {}", name, e.getMessage());
        }
    }

    /** Does a batch, as far as it goes. */
    void execute(ExecuteBatch batch)
            throws InterruptedException, StepRunner.JournalFailedException {
        for (Step step : batch.getStepsList()) {
            if (!goOn.test(batch)) {
                return;
            }
            Outcome outcome = once(batch, step);
            if (!outcome.hasChanged() && !outcome.hasUnchanged()) {
                return;
            }
        }
    }

    private Outcome once(ExecuteBatch batch, Step step)
            throws InterruptedException, StepRunner.JournalFailedException {
        var key = new StepKey(batch.getOperationId(), step.getStepId(), step.getAttempt());
        var known = journal.result(key).flatMap(StepLoop::result);
        if (known.isPresent()) {
            ports.listener().result(known.get());
            return known.get().getOutcome();
        }
        inHand.set(Optional.of(new RunningStep(key.operationId(), key.stepId(), key.attempt())));
        long began = system.clock().nanoTime();
        try {
            Outcome outcome = run(batch, step, key);
            end(
                    key,
                    batch.getEpoch(),
                    outcome,
                    Duration.ofNanos(system.clock().nanoTime() - began));
            return outcome;
        } finally {
            inHand.set(Optional.empty());
        }
    }

    private Outcome run(ExecuteBatch batch, Step step, StepKey key)
            throws InterruptedException, StepRunner.JournalFailedException {
        var progress = new ProgressReport(key, ports.listener());
        var work =
                new Work(
                        batch.getOperationId(),
                        step,
                        system,
                        hosts.apply(inventoryKey.get()),
                        ledger,
                        ports,
                        progress,
                        stateDirectory,
                        closing,
                        () -> cancelled.test(batch.getOperationId()));
        return runner.run(
                step,
                work,
                progress::enter,
                () -> {
                    lives.note(work.host());
                    try {
                        journal.begin(
                                JournaledStep.intent(
                                        key,
                                        batch.getEpoch(),
                                        step,
                                        catalogue,
                                        new SlotDigests(Optional.of(journalKey))));
                    } catch (IOException e) {
                        throw new StepRunner.JournalFailedException(e);
                    }
                });
    }

    private void end(StepKey key, long epoch, Outcome outcome, Duration took)
            throws StepRunner.JournalFailedException {
        var result =
                StepResult.newBuilder()
                        .setOperationId(key.operationId())
                        .setStepId(key.stepId())
                        .setAttempt(key.attempt())
                        .setOutcome(outcome)
                        .setDurationMs(took.toMillis())
                        .build();
        try {
            journal.end(
                    new JournalRecord.Done(
                            key, epoch, outcome.getKindCase().name(), result.toByteArray()));
        } catch (IOException e) {
            throw new StepRunner.JournalFailedException(e);
        }
        LOG.info("{}: {}", key, ProgressReport.oneLine(outcome));
        ports.listener().result(result);
        if (!outcome.hasUnchanged()) {
            ports.listener().changed();
        }
    }

    /** The result that the journal keeps; empty if it cannot be read. */
    static Optional<StepResult> result(JournalRecord.Done done) {
        try {
            return Optional.of(StepResult.parseFrom(done.result()));
        } catch (InvalidProtocolBufferException e) {
            LOG.error("cannot read the journaled result of {}", done.key());
            return Optional.empty();
        }
    }
}
