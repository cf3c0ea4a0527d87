package io.davit.controller.agentlink;

import io.davit.common.HostId;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/** Questions of one kind that were sent over a session and wait for their answers. */
final class Questions<A> {

    private static final int MOST_OPEN = 64;

    private final HostId host;
    private final AtomicLong ids;
    private final Map<Long, CompletableFuture<A>> open = new ConcurrentHashMap<>();

    Questions(HostId host, AtomicLong ids) {
        this.host = host;
        this.ids = ids;
    }

    /** How to send a question under its id; false if the session has ended. */
    @FunctionalInterface
    interface Sending {
        boolean send(long requestId);
    }

    A ask(Sending sending, Duration deadline) throws HostAwayException, InterruptedException {
        if (open.size() >= MOST_OPEN) {
            throw new HostAwayException(host, MOST_OPEN + " questions wait for it already");
        }
        long id = ids.incrementAndGet();
        var answer = new CompletableFuture<A>();
        open.put(id, answer);
        try {
            if (!sending.send(id)) {
                throw new HostAwayException(host, "its session has ended");
            }
            return answer.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new HostAwayException(host, "no answer within " + deadline.toSeconds() + " s");
        } catch (ExecutionException e) {
            throw new HostAwayException(
                    host, Optional.ofNullable(e.getCause()).map(Throwable::getMessage).orElse("?"));
        } finally {
            open.remove(id);
        }
    }

    /** Whether somebody waits for this. */
    boolean waits(long requestId) {
        return open.containsKey(requestId);
    }

    void answer(long requestId, A answer) {
        Optional.ofNullable(open.get(requestId)).ifPresent(waiting -> waiting.complete(answer));
    }

    void fail(String why) {
        open.values()
                .forEach(waiting -> waiting.completeExceptionally(new IllegalStateException(why)));
    }
}
