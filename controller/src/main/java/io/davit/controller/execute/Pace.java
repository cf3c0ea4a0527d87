package io.davit.controller.execute;

import java.time.Duration;
import java.time.Instant;

/** Time, so that tests can make it run. */
public interface Pace {

    Instant now();

    /** Whether more than the limit has passed since then. */
    default boolean isOver(Instant since, Duration limit) {
        return Duration.between(since, now()).compareTo(limit) > 0;
    }

    void sleep(Duration duration) throws InterruptedException;
}
