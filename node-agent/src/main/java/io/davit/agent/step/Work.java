package io.davit.agent.step;

import io.davit.agent.journal.Ledger;
import io.davit.agent.journal.LedgerStore;
import io.davit.agent.observe.LiveHost;
import io.davit.agent.system.Finished;
import io.davit.agent.system.HostSystem;
import io.davit.agent.system.TransientUnits;
import io.davit.proto.agent.v1.Step;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/** Everything an apply may use: the host, the ledger, the controller's ports, time. */
final class Work {

    /** Tells the controller what a step does or waits for. */
    interface Progress {
        void tell(String detail, List<String> logLines);
    }

    private static final Duration DEFAULT_DEADLINE = Duration.ofMinutes(10);

    private final String operationId;
    private final Step step;
    private final HostSystem system;
    private final LiveHost host;
    private final LedgerStore ledger;
    private final EnginePorts ports;
    private final Progress progress;
    private final Path stateDirectory;
    private final CountDownLatch closing;
    private final BooleanSupplier cancelled;
    private final Duration deadline;
    private final long endNanos;

    Work(
            String operationId,
            Step step,
            HostSystem system,
            LiveHost host,
            LedgerStore ledger,
            EnginePorts ports,
            Progress progress,
            Path stateDirectory,
            CountDownLatch closing,
            BooleanSupplier cancelled) {
        this.operationId = operationId;
        this.step = step;
        this.system = system;
        this.host = host;
        this.ledger = ledger;
        this.ports = ports;
        this.progress = progress;
        this.stateDirectory = stateDirectory;
        this.closing = closing;
        this.cancelled = cancelled;
        var asked =
                Duration.ofSeconds(step.getDeadline().getSeconds(), step.getDeadline().getNanos());
        this.deadline = asked.isPositive() ? asked : DEFAULT_DEADLINE;
        this.endNanos = system.clock().nanoTime() + deadline.toNanos();
    }

    String operationId() {
        return operationId;
    }

    Step step() {
        return step;
    }

    HostSystem system() {
        return system;
    }

    LiveHost host() {
        return host;
    }

    EnginePorts ports() {
        return ports;
    }

    Path stateDirectory() {
        return stateDirectory;
    }

    Ledger ledger() {
        return ledger.ledger();
    }

    /** Changes the ledger; it is on the disk when this returns. */
    void ledger(UnaryOperator<Ledger> change) throws IOException {
        ledger.change(change);
    }

    /** Writes down that these paths are about to be ours. */
    void claim(String role, List<String> paths) throws IOException {
        ledger.change(before -> before.withPaths(role, paths));
    }

    void progress(String detail) {
        progress.tell(detail, List.of());
    }

    void progress(String detail, List<String> logLines) {
        progress.tell(detail, logLines);
    }

    /** Time left; never negative. */
    Duration left() {
        return Duration.ofNanos(Math.max(0, endNanos - system.clock().nanoTime()));
    }

    /** Time left for one part of the step. */
    Duration left(Duration atMost) {
        Duration left = left();
        return left.compareTo(atMost) < 0 ? left : atMost;
    }

    boolean overdue() {
        return left().isZero();
    }

    Duration deadline() {
        return deadline;
    }

    /**
     * For steps that wait and would leave nothing half-done.
     *
     * @param left what it waited for, for people
     */
    void endIfCancelled(String left) throws StepEnded {
        if (cancelled.getAsBoolean()) {
            throw StepEnded.retry(Duration.ZERO, "cancelled: " + left);
        }
    }

    /** Waits a moment; ends the step where it is if the agent is stopping. */
    void pause(Duration duration) throws InterruptedException {
        if (closing.await(0, TimeUnit.MILLISECONDS)) {
            throw new InterruptedException("the agent is stopping");
        }
        system.clock().sleep(duration);
        if (closing.await(0, TimeUnit.MILLISECONDS)) {
            throw new InterruptedException("the agent is stopping");
        }
    }

    /** Runs a program outside the agent's sandbox, in a unit named after this step. */
    Finished outside(String what, List<String> argv) throws IOException, InterruptedException {
        return system.transientUnits()
                .run(
                        TransientUnits.name(operationId, step.getStepId(), what),
                        argv,
                        left(Duration.ofMinutes(10)).plusSeconds(1));
    }

    /** As {@link #outside}, and the step fails if the program does. */
    Finished mustDo(String doing, String what, List<String> argv)
            throws StepEnded, IOException, InterruptedException {
        Finished finished = outside(what, argv);
        if (!finished.ok()) {
            throw StepEnded.failed("cannot " + doing + ": " + finished.cause());
        }
        return finished;
    }
}
