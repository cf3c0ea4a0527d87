package io.davit.controller.audit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;

/**
 * The budget of one door: lets at most one denied call a second (after a burst of 20) through to
 * the record.
 */
final class DeniedCalls {

    private static final int BURST = 20;

    private final Clock clock;
    private double allowance = BURST;
    private Instant last;
    private long skipped;

    DeniedCalls(Clock clock) {
        this.clock = clock;
        this.last = clock.instant();
    }

    /** Empty: only count this one. Else the number of calls that were only counted before it. */
    synchronized OptionalLong admit() {
        Instant now = clock.instant();
        double seconds = Math.max(0, Duration.between(last, now).toMillis() / 1000.0);
        allowance = Math.min(BURST, allowance + seconds);
        last = now;
        if (allowance < 1) {
            skipped++;
            return OptionalLong.empty();
        }
        allowance -= 1;
        long told = skipped;
        skipped = 0;
        return OptionalLong.of(told);
    }
}
