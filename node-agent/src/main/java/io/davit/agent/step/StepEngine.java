package io.davit.agent.step;

import io.davit.agent.health.Probes;
import io.davit.agent.journal.Journal;
import io.davit.agent.journal.JournalRecord;
import io.davit.agent.journal.JournalRecord.Reign;
import io.davit.agent.journal.LedgerStore;
import io.davit.agent.journal.StepKey;
import io.davit.agent.observe.FactsReader;
import io.davit.agent.observe.LiveHost;
import io.davit.agent.observe.Observer;
import io.davit.agent.observe.SlotDigests;
import io.davit.agent.profile.Catalogue;
import io.davit.agent.profile.Profile;
import io.davit.agent.system.HostSystem;
import io.davit.common.Secret;
import io.davit.proto.agent.v1.CheckResult;
import io.davit.proto.agent.v1.ExecuteBatch;
import io.davit.proto.agent.v1.Observation;
import io.davit.proto.agent.v1.ProbeCall;
import io.davit.proto.agent.v1.ProbeReading;
import io.davit.proto.agent.v1.Step;
import io.davit.proto.agent.v1.StepResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine: one thread that owns the host.
 *
 * <ol>
 *   <li>On start, what the journal has as begun and not ended is looked at first: a transient unit
 *       of it is awaited, then its check is run. If the host is as wanted it is reported as
 *       changed, else as to be retried; what remains is sent again by the controller.
 *   <li>Then batches, one after another, their steps in order. The first step that is neither
 *       changed nor unchanged ends its batch.
 *   <li>A step: check; intent to the journal; apply; verify; end to the journal; report.
 *   <li>A higher epoch, or a cancel, lets the step in hand end and no other begin. A cancelled step
 *       that only waits does so no longer.
 *   <li>Epoch 0 is that of a controller which only looks: it is never obeyed nor remembered, also
 *       where none was obeyed before.
 *   <li>If the journal cannot be written, or the engine itself fails, nothing more is done until
 *       the agent is started again.
 * </ol>
 *
 * <p>Guarantees: no step is applied whose intent is not on the disk; no step is applied twice under
 * the same (operation, step, attempt) once it has ended; a result is reported until acknowledged.
 */
final class StepEngine implements Engine {

    private static final Logger LOG = LoggerFactory.getLogger(StepEngine.class);
    private static final long LARGEST_EPOCH_JUMP = 1_000;
    private static final int MOST_BATCHES = 64;
    private static final long LONGEST_IDLE_MILLIS = 200;
    private static final Duration STOPPING = Duration.ofSeconds(10);

    private final HostSystem system;
    private final Journal journal;
    private final LedgerStore ledger;
    private final List<String> roles;
    private final Probes probes;
    private final Observer observer;
    private final Checker checker;
    private final UnitLives lives;
    private final StepLoop loop;

    private final LinkedBlockingDeque<ExecuteBatch> queue = new LinkedBlockingDeque<>();
    private final AtomicReference<Optional<Secret>> inventoryKey =
            new AtomicReference<>(Optional.empty());
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread owner;

    /** Why nothing is done any more; empty while all is well. */
    private volatile String broken = "";

    private volatile String cancelled = "";

    /** Why no batch is taken for now; empty while they are. */
    private String resting = "";

    /** From the start, since something may have been left unfinished. */
    private boolean atWork = true;

    StepEngine(
            HostSystem system,
            Catalogue catalogue,
            StepKinds kinds,
            EnginePorts ports,
            Path stateDirectory,
            String agentVersion,
            Journal journal,
            LedgerStore ledger,
            Secret journalKey) {
        this.system = system;
        this.journal = journal;
        this.ledger = ledger;
        this.roles = catalogue.profiles().stream().map(Profile::role).toList();
        this.probes = new Probes(catalogue, system);
        this.observer =
                new Observer(
                        catalogue,
                        new FactsReader(system, catalogue, agentVersion),
                        system.processes());
        var runner = new StepRunner(kinds, catalogue);
        this.checker = new Checker(runner);
        this.lives = new UnitLives(catalogue, ledger);
        this.loop =
                new StepLoop(
                        system,
                        catalogue,
                        ports,
                        stateDirectory,
                        journal,
                        ledger,
                        journalKey,
                        runner,
                        lives,
                        this::host,
                        inventoryKey,
                        closing,
                        this::goesOn,
                        operation -> cancelled.equals(operation));
        this.owner = Thread.ofPlatform().name("step-engine").daemon().unstarted(this::work);
    }

    private boolean goesOn(ExecuteBatch batch) {
        return closing.getCount() > 0
                && !cancelled.equals(batch.getOperationId())
                && batch.getEpoch() >= highestEpoch();
    }

    void start() {
        owner.start();
    }

    @Override
    public BatchAnswer submit(ExecuteBatch batch) {
        var problem = Batches.problem(batch);
        if (problem.isPresent()) {
            return refused(batch, "malformed", problem.get());
        }
        synchronized (this) {
            var reign = journal.reign();
            if (onlyLooks(batch.getEpoch())) {
                return refused(batch, "stale_epoch", "epoch 0 is of a controller that only looks");
            }
            if (reign.excludes(batch.getEpoch(), batch.getReignId())) {
                return refused(batch, "other_reign", otherReign(batch.getEpoch()));
            }
            if (batch.getEpoch() < reign.epoch()
                    || batch.getEpoch() == reign.epoch()
                            && batch.getOperationSequence() < reign.operationSequence()) {
                return refused(
                        batch,
                        "stale_epoch",
                        "epoch %d, operation %d; this agent has obeyed epoch %d, operation %d"
                                .formatted(
                                        batch.getEpoch(),
                                        batch.getOperationSequence(),
                                        reign.epoch(),
                                        reign.operationSequence()));
            }
            if (isJump(batch.getEpoch())) {
                return refused(
                        batch,
                        "epoch_jump",
                        "epoch %d is more than %d above %d"
                                .formatted(batch.getEpoch(), LARGEST_EPOCH_JUMP, reign.epoch()));
            }
            if (!broken.isEmpty()) {
                return refused(batch, "busy", broken);
            }
            if (!resting.isEmpty()) {
                return refused(batch, "busy", resting);
            }
            if (queue.size() >= MOST_BATCHES) {
                return refused(batch, "busy", MOST_BATCHES + " batches wait already");
            }
            if (!obey(
                    new Reign(
                            batch.getEpoch(), batch.getOperationSequence(), batch.getReignId()))) {
                return refused(batch, "busy", broken);
            }
            if (cancelled.equals(batch.getOperationId())) {
                cancelled = "";
            }
            queue.add(batch);
            notifyAll();
            return new BatchAnswer.Accepted();
        }
    }

    private static BatchAnswer refused(ExecuteBatch batch, String code, String why) {
        return new BatchAnswer.Refused(
                code, why, batch.getStepsList().stream().map(Step::getStepId).toList());
    }

    private static boolean onlyLooks(long epoch) {
        return epoch == 0;
    }

    private boolean isJump(long epoch) {
        long highest = journal.reign().epoch();
        return highest != 0 && epoch > highest + LARGEST_EPOCH_JUMP;
    }

    /** False if it cannot be persisted. */
    private boolean obey(Reign reign) {
        try {
            journal.reign(reign);
            queue.removeIf(waiting -> waiting.getEpoch() < reign.epoch());
            return true;
        } catch (IOException e) {
            fail(e);
            return false;
        }
    }

    @Override
    public synchronized Optional<String> epoch(long epoch, String reignId) {
        if (onlyLooks(epoch)) {
            return Optional.empty();
        }
        var reign = journal.reign();
        if (reign.excludes(epoch, reignId)) {
            return Optional.of(otherReign(epoch));
        }
        if (epoch >= reign.epoch() && !isJump(epoch)) {
            obey(new Reign(epoch, 0, reignId));
        }
        return Optional.empty();
    }

    private static String otherReign(long epoch) {
        return ("epoch %d was obeyed from another controller; were two started from one state? Stop"
                        + " one of them and restart the other")
                .formatted(epoch);
    }

    @Override
    public String reignId() {
        return journal.reign().id();
    }

    @Override
    public long highestEpoch() {
        return journal.reign().epoch();
    }

    @Override
    public synchronized void cancel(String operationId) {
        cancelled = operationId;
        queue.removeIf(batch -> batch.getOperationId().equals(operationId));
    }

    @Override
    public synchronized boolean rest(String why) {
        if (atWork || !queue.isEmpty()) {
            return false;
        }
        resting = why;
        return true;
    }

    @Override
    public synchronized void holdBack(String why) {
        resting = why;
    }

    @Override
    public synchronized void goOn() {
        resting = "";
    }

    @Override
    public List<CheckResult> check(List<Step> steps) {
        return interruptibly(() -> checker.check(steps, host(inventoryKey.get())));
    }

    @Override
    public Observation observe() {
        return interruptibly(() -> {
            var key = inventoryKey.get();
            var host = host(key).withUnitsRead(observer.unitNames());
            lives.note(host);
            return observer.observe(host, key.isPresent());
        });
    }

    @Override
    public ProbeReading probe(String role, ProbeCall call, Duration deadline) {
        return interruptibly(() -> probes.read(role, call, deadline));
    }

    @Override
    public Set<String> installedRoles() {
        var installed = ledger.ledger();
        return roles.stream().filter(installed::holds).collect(Collectors.toSet());
    }

    private interface Reading<T> {
        T read() throws IOException, InterruptedException;
    }

    private static <T> T interruptibly(Reading<T> reading) {
        try {
            return reading.read();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read this host: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the reading was interrupted", e);
        }
    }

    @Override
    public void inventoryKey(Secret key) {
        inventoryKey.set(Optional.of(key));
    }

    private LiveHost host(Optional<Secret> key) {
        return new LiveHost(system, probes, ledger::ledger, new SlotDigests(key));
    }

    @Override
    public List<StepResult> unacknowledged() {
        var results = new ArrayList<StepResult>();
        journal.unacknowledged().forEach(done -> StepLoop.result(done).ifPresent(results::add));
        return results;
    }

    @Override
    public void acknowledge(String operationId, String stepId, int attempt) {
        try {
            journal.acknowledge(new StepKey(operationId, stepId, attempt));
        } catch (IOException e) {
            fail(e);
        }
    }

    @Override
    public Optional<RunningStep> inHand() {
        return loop.inHand();
    }

    private void fail(IOException e) {
        fail("the journal cannot be written", e);
    }

    private void fail(String why, Throwable e) {
        broken = why + "; start the agent again";
        LOG.error("no more work is done until the agent is started again: {}", why, e);
    }

    private void work() {
        try {
            for (JournalRecord.Intent intent : journal.unfinished()) {
                loop.recover(intent);
            }
            while (closing.getCount() > 0 && broken.isEmpty()) {
                var batch = take();
                if (batch.isPresent()) {
                    loop.execute(batch.get());
                }
            }
        } catch (InterruptedException e) {
            LOG.info("stopped: {}", e.getMessage());
        } catch (StepRunner.JournalFailedException e) {
            fail("the journal cannot be written", e);
        } catch (RuntimeException | Error e) {
            // without this the host would take batches for ever and do none of them
            fail("the engine has met an error of its own (%s)".formatted(e), e);
        }
    }

    /** The next batch, if one is there soon; whoever asks whether there is work knows of it. */
    private synchronized Optional<ExecuteBatch> take() throws InterruptedException {
        atWork = false;
        if (queue.isEmpty()) {
            wait(LONGEST_IDLE_MILLIS);
        }
        var batch = Optional.ofNullable(queue.poll());
        atWork = batch.isPresent();
        return batch;
    }

    @Override
    public void close() {
        closing.countDown();
        try {
            if (!owner.join(STOPPING)) {
                owner.interrupt();
                owner.join(STOPPING);
            }
        } catch (InterruptedException e) {
            owner.interrupt();
            Thread.currentThread().interrupt();
        }
        try {
            journal.close();
        } catch (IOException e) {
            LOG.warn("cannot close the journal: {}", e.getMessage());
        }
    }
}
