package io.davit.agent.session;

import io.davit.proto.agent.v1.AgentMessage;
import io.davit.proto.agent.v1.HealthReport;
import io.davit.proto.agent.v1.Heartbeat;
import io.davit.proto.agent.v1.StepProgress;
import io.davit.proto.agent.v1.StepResult;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be sent on one connection, bounded. In this order: the newest heartbeat; answers to
 * what the controller asked (their number is bounded by what is asked at a time, more are refused);
 * the newest health report; results, which are never lost since the journal holds them until they
 * are acknowledged; of each step the newest progress, the oldest of which is dropped.
 */
final class Outbox {

    private static final int MOST_ANSWERS = 64;
    private static final int MOST_RESULTS = 64;
    private static final int MOST_PROGRESS = 32;

    /** Which step's attempt a result or a progress is about. */
    record Attempt(String operationId, String stepId, int attempt) {
        static Attempt of(StepResult result) {
            return new Attempt(result.getOperationId(), result.getStepId(), result.getAttempt());
        }
    }

    private final Supplier<List<StepResult>> journal;
    private @Nullable Heartbeat heartbeat;
    private @Nullable HealthReport health;
    private final Queue<AgentMessage> answers = new ArrayDeque<>();
    private final LinkedHashMap<Attempt, StepResult> results = new LinkedHashMap<>();
    private final LinkedHashMap<Attempt, StepProgress> progress = new LinkedHashMap<>();

    /** Sent on this connection and not acknowledged. */
    private final Set<Attempt> sent = new HashSet<>();

    private boolean moreInJournal;

    /**
     * @param journal the results that are not acknowledged, oldest first
     */
    Outbox(Supplier<List<StepResult>> journal) {
        this.journal = journal;
    }

    synchronized void heartbeat(Heartbeat newest) {
        heartbeat = newest;
    }

    synchronized void health(HealthReport newest) {
        health = newest;
    }

    /** False when there are too many answers waiting already. */
    synchronized boolean answer(AgentMessage message) {
        return answers.size() < MOST_ANSWERS && answers.add(message);
    }

    synchronized void result(StepResult result) {
        var attempt = Attempt.of(result);
        sent.remove(attempt);
        progress.remove(attempt);
        if (results.size() < MOST_RESULTS) {
            results.put(attempt, result);
        } else {
            moreInJournal = true;
        }
    }

    /** Everything that is not acknowledged is to be sent (again). */
    synchronized void resendResults() {
        moreInJournal = true;
    }

    synchronized void acknowledged(Attempt attempt) {
        sent.remove(attempt);
    }

    synchronized void progress(StepProgress newest) {
        var attempt = new Attempt(newest.getOperationId(), newest.getStepId(), newest.getAttempt());
        progress.remove(attempt);
        progress.put(attempt, newest);
        if (progress.size() > MOST_PROGRESS) {
            progress.pollFirstEntry();
        }
    }

    /** The next message to send, taken out. */
    synchronized Optional<AgentMessage> next() {
        if (heartbeat != null) {
            var message = AgentMessage.newBuilder().setHeartbeat(heartbeat).build();
            heartbeat = null;
            return Optional.of(message);
        }
        AgentMessage answer = answers.poll();
        if (answer != null) {
            return Optional.of(answer);
        }
        if (health != null) {
            var message = AgentMessage.newBuilder().setHealth(health).build();
            health = null;
            return Optional.of(message);
        }
        if (results.isEmpty() && moreInJournal) {
            refill();
        }
        var result = results.pollFirstEntry();
        if (result != null) {
            sent.add(result.getKey());
            return Optional.of(AgentMessage.newBuilder().setResult(result.getValue()).build());
        }
        var newest = progress.pollFirstEntry();
        return Optional.ofNullable(newest)
                .map(entry -> AgentMessage.newBuilder().setProgress(entry.getValue()).build());
    }

    private void refill() {
        moreInJournal = false;
        for (StepResult kept : journal.get()) {
            if (sent.contains(Attempt.of(kept))) {
                continue;
            }
            if (results.size() == MOST_RESULTS) {
                moreInJournal = true;
                return;
            }
            results.put(Attempt.of(kept), kept);
        }
    }
}
