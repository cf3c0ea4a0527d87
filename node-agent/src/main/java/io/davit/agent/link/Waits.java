package io.davit.agent.link;

import java.time.Duration;

/** The passing of time, so that tests need not wait for it. */
public interface Waits {

    /** Returns after this long. */
    void sleep(Duration duration) throws InterruptedException;

    /** A clock that only goes forward, in nanoseconds; only differences mean something. */
    long nanoTime();

    /** Real time. */
    static Waits real() {
        return new Waits() {
            @Override
            public void sleep(Duration duration) throws InterruptedException {
                Thread.sleep(duration);
            }

            @Override
            public long nanoTime() {
                return System.nanoTime();
            }
        };
    }
}
