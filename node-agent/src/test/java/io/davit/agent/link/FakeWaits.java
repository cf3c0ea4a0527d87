package io.davit.agent.link;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Time that passes when a test says so, or at once for whoever sleeps. */
public final class FakeWaits implements Waits {

    private final boolean atOnce;
    private final List<Duration> asked = new ArrayList<>();
    private long now;

    private FakeWaits(boolean atOnce) {
        this.atOnce = atOnce;
    }

    /** Who sleeps wakes up at once, that much later. */
    public static FakeWaits atOnce() {
        return new FakeWaits(true);
    }

    /** Who sleeps wakes up when {@link #pass} has let that much time pass. */
    public static FakeWaits byHand() {
        return new FakeWaits(false);
    }

    @Override
    public synchronized void sleep(Duration duration) throws InterruptedException {
        asked.add(duration);
        notifyAll();
        if (atOnce) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            now += duration.toNanos();
            return;
        }
        long until = now + duration.toNanos();
        while (now < until) {
            wait();
        }
    }

    @Override
    public synchronized long nanoTime() {
        return now;
    }

    /** Lets time pass. */
    public synchronized void pass(Duration duration) {
        now += duration.toNanos();
        notifyAll();
    }

    /** All sleeps asked for so far, in order. */
    public synchronized List<Duration> asked() {
        return List.copyOf(asked);
    }
}
