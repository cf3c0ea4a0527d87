package io.davit.controller.execute;

import io.davit.common.HostId;
import io.davit.controller.agentlink.Agents;
import io.davit.controller.plan.Blocker;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operations of this controller: at most one runs per cluster, each on a thread of its own.
 * After a start of the controller {@link #resumeAll} runs on with those that ran.
 */
public final class Operations implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Operations.class);

    private final Executor executor;
    private final OperationStore store;
    private final Agents agents;
    private final Map<String, Running> byCluster = new HashMap<>();

    public Operations(Executor executor, OperationStore store, Agents agents) {
        this.executor = executor;
        this.store = store;
        this.agents = agents;
    }

    private record Running(OperationFeed feed, Cancellation cancellation, Thread thread) {}

    /** Refused, with the reason for the operator. */
    public static final class OperationRefusedException extends Exception {

        private static final long serialVersionUID = 1L;

        public OperationRefusedException(String message) {
            super(message);
        }
    }

    /** The operation that runs for a cluster now. */
    public synchronized Optional<OperationRecord> running(String cluster) {
        return Optional.ofNullable(byCluster.get(cluster))
                .map(running -> running.feed().operation())
                .filter(operation -> !operation.state().ended());
    }

    /**
     * Runs an operation that is stored as RUNNING.
     *
     * @throws OperationRefusedException when another one runs for this cluster; it is named
     */
    public void start(OperationRecord operation) throws OperationRefusedException {
        start(operation, false);
    }

    private synchronized void start(OperationRecord operation, boolean afterRestart)
            throws OperationRefusedException {
        var other = running(operation.cluster());
        if (other.isPresent()) {
            throw new OperationRefusedException(
                    "operation "
                            + other.get().id()
                            + " already runs for cluster "
                            + operation.cluster()
                            + ": davit operations watch "
                            + other.get().id());
        }
        var feed = executor.feed(operation);
        var cancellation = new Cancellation();
        var thread =
                Thread.ofVirtual()
                        .name("operation-" + operation.id())
                        .unstarted(() -> run(feed, cancellation, afterRestart));
        byCluster.put(operation.cluster(), new Running(feed, cancellation, thread));
        thread.start();
    }

    private void run(OperationFeed feed, Cancellation cancellation, boolean afterRestart) {
        try {
            executor.run(feed, cancellation, afterRestart);
        } catch (InterruptedException e) {
            Thread.currentThread()
                    .interrupt(); // the controller stops; the store says RUNNING, so it runs on
            // later
        } catch (RuntimeException e) {
            LOG.error("operation {} ended by an error", feed.operation().id(), e);
            endFailed(feed, e);
        } finally {
            synchronized (this) {
                byCluster.computeIfPresent(
                        feed.operation().cluster(),
                        (_, running) -> running.feed() == feed ? null : running);
                notifyAll();
            }
        }
    }

    /** An operation that runs only in the store would hold up its cluster. */
    private void endFailed(OperationFeed feed, RuntimeException why) {
        var end =
                feed.operation()
                        .ended(
                                OperationState.NEEDS_ATTENTION,
                                List.of(
                                        new Blocker(
                                                "",
                                                "",
                                                "",
                                                "the controller failed: " + why,
                                                "see its log; then resume the operation")),
                                List.of(),
                                executor.pace().now());
        StoredEnd.store("operation " + end.id(), executor.pace(), () -> feed.ended(end));
    }

    /** Runs on with everything that ran when the controller stopped. */
    public void resumeAll() throws OperationRefusedException {
        for (OperationRecord operation : store.list("", Integer.MAX_VALUE)) {
            if (operation.state() == OperationState.RUNNING
                    && running(operation.cluster()).isEmpty()) {
                start(operation, true);
            }
        }
    }

    /** Observes and plans again after NEEDS_ATTENTION, INCOMPLETE, FAILED or CANCELLED. */
    public OperationRecord resume(String id) throws OperationRefusedException {
        var operation = ended(id);
        if (operation.state() == OperationState.DONE
                || operation.state() == OperationState.NEEDS_APPROVAL) {
            throw new OperationRefusedException(
                    "cannot resume operation " + id + ": it is " + operation.state());
        }
        return again(operation.running(operation.envelope()));
    }

    /** Accepts the steps that parked it. */
    public OperationRecord approve(String id) throws OperationRefusedException {
        var operation = ended(id);
        if (operation.state() != OperationState.NEEDS_APPROVAL) {
            throw new OperationRefusedException(
                    "cannot approve operation " + id + ": it is " + operation.state());
        }
        return again(operation.running(operation.envelope().with(operation.outsideEnvelope())));
    }

    private synchronized OperationRecord again(OperationRecord operation)
            throws OperationRefusedException {
        var newest = store.list(operation.cluster(), 1);
        if (!newest.isEmpty() && !newest.getFirst().id().equals(operation.id())) {
            throw new OperationRefusedException(
                    "cannot run operation "
                            + operation.id()
                            + " on: a newer one is "
                            + newest.getFirst().id());
        }
        var other = running(operation.cluster());
        if (other.isPresent()) {
            throw new OperationRefusedException("operation " + other.get().id() + " runs");
        }
        store.save(operation);
        start(operation);
        return operation;
    }

    private OperationRecord ended(String id) throws OperationRefusedException {
        var operation = find(id);
        if (!operation.state().ended()) {
            throw new OperationRefusedException("operation " + id + " runs");
        }
        return operation;
    }

    private OperationRecord find(String id) throws OperationRefusedException {
        return store.find(id)
                .orElseThrow(() -> new OperationRefusedException("there is no operation " + id));
    }

    /**
     * No further step starts; of those in hand, what only waits ends at once, and the others end.
     */
    public OperationRecord cancel(String id) throws OperationRefusedException {
        var operation = find(id);
        var feed = askToCancel(operation);
        for (StepRecord step : feed.steps()) {
            if (step.state() == StepState.RUNNING) {
                step.step().hostId().ifPresent((HostId host) -> agents.cancel(host, id));
            }
        }
        return feed.operation();
    }

    private synchronized OperationFeed askToCancel(OperationRecord operation)
            throws OperationRefusedException {
        var running = Optional.ofNullable(byCluster.get(operation.cluster()));
        if (running.isEmpty() || !running.get().feed().operation().id().equals(operation.id())) {
            throw new OperationRefusedException(
                    "cannot cancel operation " + operation.id() + ": it is " + operation.state());
        }
        running.get().cancellation().ask();
        return running.get().feed();
    }

    /**
     * Tells a listener everything from now on, beginning with a snapshot; of an operation that has
     * ended, only that.
     *
     * @return ends the watch
     */
    public Runnable watch(String id, OperationListener listener) throws OperationRefusedException {
        var operation = find(id);
        Optional<Running> running;
        synchronized (this) {
            running =
                    Optional.ofNullable(byCluster.get(operation.cluster()))
                            .filter(r -> r.feed().operation().id().equals(id));
        }
        if (running.isPresent()) {
            var feed = running.get().feed();
            feed.watch(listener);
            return () -> feed.unwatch(listener);
        }
        var now = find(id);
        listener.snapshot(now, store.steps(id));
        listener.ended(now, store.steps(id));
        return () -> {};
    }

    /** The steps of an operation; of one that runs with what they say at this moment. */
    public List<StepRecord> steps(String id) {
        Optional<Running> running;
        synchronized (this) {
            running =
                    byCluster.values().stream()
                            .filter(it -> it.feed().operation().id().equals(id))
                            .findFirst();
        }
        return running.map(it -> it.feed().steps()).orElseGet(() -> store.steps(id));
    }

    /** Waits until nothing runs for a cluster. */
    synchronized boolean awaitIdle(String cluster, java.time.Duration deadline)
            throws InterruptedException {
        long until = System.nanoTime() + deadline.toNanos();
        while (byCluster.containsKey(cluster)) {
            long left = (until - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return false;
            }
            wait(left);
        }
        return true;
    }

    /** Stops all threads; what ran is stored as RUNNING and runs on at the next start. */
    @Override
    public void close() {
        List<Thread> threads;
        synchronized (this) {
            threads = byCluster.values().stream().map(Running::thread).toList();
        }
        threads.forEach(Thread::interrupt);
        for (Thread thread : threads) {
            try {
                thread.join(java.time.Duration.ofSeconds(30));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
