package io.davit.agent.session;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Work of one kind, apart from all other kinds so that none waits for another: so many at a time on
 * virtual threads, so many waiting, no more.
 */
final class Lane implements AutoCloseable {

    private final ThreadPoolExecutor executor;

    Lane(String name, int running, int waiting) {
        executor =
                new ThreadPoolExecutor(
                        running,
                        running,
                        10,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(waiting),
                        Thread.ofVirtual().name(name + "-", 0).factory());
        executor.allowCoreThreadTimeOut(true);
    }

    /** False when the lane is full or closed. */
    boolean take(Runnable work) {
        try {
            executor.execute(work);
            return true;
        } catch (RejectedExecutionException _) {
            return false;
        }
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
