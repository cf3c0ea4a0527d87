package io.davit.controller.execute;

import java.time.Duration;
import java.time.Instant;

/** Time, so that tests can make it run. */
public interface Pace {

    Instant now();

    void sleep(Duration duration) throws InterruptedException;
}
