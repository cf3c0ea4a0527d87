package io.davit.agent.session;

import io.davit.agent.step.BatchAnswer;
import io.davit.agent.step.Engine;
import io.davit.agent.step.EnginePorts;
import io.davit.agent.step.RunningStep;
import io.davit.common.Secret;
import io.davit.proto.agent.v1.CheckResult;
import io.davit.proto.agent.v1.ExecuteBatch;
import io.davit.proto.agent.v1.Observation;
import io.davit.proto.agent.v1.ProbeCall;
import io.davit.proto.agent.v1.ProbeReading;
import io.davit.proto.agent.v1.Step;
import io.davit.proto.agent.v1.StepResult;
import io.davit.proto.agent.v1.Unchanged;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** An engine that does what a test says; its journal is a list. */
public final class FakeEngine implements Engine {

    final EnginePorts ports;
    final List<ExecuteBatch> submitted = new CopyOnWriteArrayList<>();
    final List<String> cancelled = new CopyOnWriteArrayList<>();
    final List<Long> epochs = new CopyOnWriteArrayList<>();
    final List<String> reigns = new CopyOnWriteArrayList<>();

    /** Why a Welcome's reign is not obeyed. */
    volatile Optional<String> otherReign = Optional.empty();

    final AtomicInteger observations = new AtomicInteger();
    private final List<StepResult> journal = new ArrayList<>();
    volatile BatchAnswer answer = new BatchAnswer.Accepted();
    volatile Observation observation = Observation.getDefaultInstance();
    volatile CountDownLatch checksMayEnd = new CountDownLatch(0);
    volatile Optional<Secret> inventoryKey = Optional.empty();

    public FakeEngine(EnginePorts ports) {
        this.ports = ports;
    }

    /** A step ends: into the journal, then to the listener. */
    void stepEnds(StepResult result) {
        synchronized (journal) {
            journal.add(result);
        }
        ports.listener().result(result);
    }

    @Override
    public BatchAnswer submit(ExecuteBatch batch) {
        submitted.add(batch);
        return answer;
    }

    @Override
    public void cancel(String operationId) {
        cancelled.add(operationId);
    }

    @Override
    public List<CheckResult> check(List<Step> steps) {
        try {
            checksMayEnd.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
        return steps.stream()
                .map(step ->
                        CheckResult.newBuilder()
                                .setStepId(step.getStepId())
                                .setUnchanged(Unchanged.getDefaultInstance())
                                .build())
                .toList();
    }

    @Override
    public Observation observe() {
        observations.incrementAndGet();
        return observation;
    }

    @Override
    public ProbeReading probe(String role, ProbeCall call, Duration deadline) {
        return ProbeReading.newBuilder()
                .setRole(role)
                .setProbe(call.getProbe())
                .setOk(true)
                .build();
    }

    @Override
    public Set<String> installedRoles() {
        return Set.of();
    }

    @Override
    public void inventoryKey(Secret key) {
        inventoryKey = Optional.of(key);
    }

    @Override
    public Optional<String> epoch(long epoch, String reignId) {
        if (otherReign.isPresent()) {
            return otherReign;
        }
        epochs.add(epoch);
        reigns.add(reignId);
        return Optional.empty();
    }

    @Override
    public String reignId() {
        return reigns.isEmpty() ? "" : reigns.getLast();
    }

    @Override
    public long highestEpoch() {
        return epochs.isEmpty() ? 0 : epochs.getLast();
    }

    @Override
    public List<StepResult> unacknowledged() {
        synchronized (journal) {
            return List.copyOf(journal);
        }
    }

    @Override
    public void acknowledge(String operationId, String stepId, int attempt) {
        synchronized (journal) {
            journal.removeIf(result ->
                    Outbox.Attempt.of(result)
                            .equals(new Outbox.Attempt(operationId, stepId, attempt)));
        }
    }

    @Override
    public Optional<RunningStep> inHand() {
        return Optional.of(new RunningStep("op", "step", 1));
    }

    /** Whether there is work that has begun or waits. */
    public volatile boolean atWork;

    /** Why no batch is taken; empty while they are. */
    public volatile String resting = "";

    @Override
    public boolean rest(String why) {
        resting = atWork ? resting : why;
        return !atWork;
    }

    @Override
    public void holdBack(String why) {
        resting = why;
    }

    @Override
    public void goOn() {
        resting = "";
    }

    @Override
    public void close() {}
}
