package io.davit.agent.link;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: anything up to 1 s, then up to 2 s, 4 s … 60 s. The
 * whole range is drawn from (full jitter), so that a thousand agents that lost their controller at
 * once do not come back at once.
 */
public final class Backoff {

    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofSeconds(60);
    private static final Duration SHORTEST = Duration.ofMillis(100);

    private final RandomGenerator random;
    private int failures;

    public Backoff(RandomGenerator random) {
        this.random = random;
    }

    /** The wait after one more failure. */
    public Duration next() {
        long ceiling = Math.min(LONGEST.toMillis(), FIRST.toMillis() << Math.min(failures, 10));
        failures++;
        return Duration.ofMillis(random.nextLong(SHORTEST.toMillis(), ceiling + 1));
    }

    /** Failures since the last success. */
    public int failures() {
        return failures;
    }

    /** It worked; the next failure is a first one. */
    public void reset() {
        failures = 0;
    }
}
