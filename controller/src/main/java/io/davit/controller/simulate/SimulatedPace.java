package io.davit.controller.simulate;

import io.davit.controller.execute.Pace;
import java.time.Duration;
import java.time.Instant;

/**
 * Time that passes only where somebody sleeps. A sleeper wakes when the fleet changes, and after a
 * moment anyway; the clock has then moved by what it wanted to sleep.
 */
public final class SimulatedPace implements Pace {

    private static final long MOMENT_MILLIS = 20;

    private Instant now;
    private long changes;

    public SimulatedPace(Instant start) {
        this.now = start;
    }

    @Override
    public synchronized Instant now() {
        return now;
    }

    @Override
    public synchronized void sleep(Duration duration) throws InterruptedException {
        long before = changes;
        long until = System.nanoTime() + MOMENT_MILLIS * 1_000_000;
        while (before == changes && System.nanoTime() < until) {
            wait(Math.max(1, (until - System.nanoTime()) / 1_000_000));
        }
        now = now.plus(duration);
    }

    /** Something happened that a sleeper may be waiting for. */
    synchronized void changed() {
        changes++;
        notifyAll();
    }
}
