package io.davit.controller.flow;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that looks again and again until it is closed. A look that fails is logged, and followed
 * by a longer pause; it never ends the thread.
 */
final class Watch implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Watch.class);

    private static final Duration MOST_TO_END = Duration.ofSeconds(30);

    private final String name;
    private final Look look;
    private final Duration afterFailure;
    private final Thread thread;

    /** One look. */
    interface Look {
        /**
         * @return the pause until the next one
         */
        Duration once() throws InterruptedException;
    }

    Watch(String name, Look look, Duration afterFailure) {
        this.name = name;
        this.look = look;
        this.afterFailure = afterFailure;
        this.thread = Thread.ofVirtual().name(name).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            while (true) {
                Thread.sleep(pause());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Duration pause() throws InterruptedException {
        try {
            return look.once();
        } catch (RuntimeException e) {
            LOG.error("{}: a look failed; the next is in {} s", name, afterFailure.toSeconds(), e);
            return afterFailure;
        }
    }

    /** Interrupts a look, and waits for its end. */
    @Override
    public void close() {
        thread.interrupt();
        try {
            if (thread.isAlive()) {
                thread.join(MOST_TO_END);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
