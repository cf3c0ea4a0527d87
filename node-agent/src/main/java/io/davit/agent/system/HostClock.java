package io.davit.agent.system;

import java.time.Duration;
import java.time.Instant;

/** Time. Wall time is for certificates and for people, the monotonic one for deadlines. */
public interface HostClock {

    Instant now();

    long nanoTime();

    void sleep(Duration duration) throws InterruptedException;

    /** The machine's. */
    static HostClock ofHost() {
        return new HostClock() {
            @Override
            public Instant now() {
                return Instant.now();
            }

            @Override
            public long nanoTime() {
                return System.nanoTime();
            }

            @Override
            public void sleep(Duration duration) throws InterruptedException {
                Thread.sleep(duration);
            }
        };
    }
}
