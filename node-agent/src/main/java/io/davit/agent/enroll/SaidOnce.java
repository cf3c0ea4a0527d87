package io.davit.agent.enroll;

import io.davit.agent.link.Waits;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says what is waited for: at once when it changes, and again now and then. */
final class SaidOnce {

    private static final Logger LOG = LoggerFactory.getLogger(Enroller.class);

    private final Waits waits;
    private final Duration reminder;
    private String said = "";
    private long saidAt;

    SaidOnce(Waits waits, Duration reminder) {
        this.waits = waits;
        this.reminder = reminder;
    }

    void say(String what) {
        long now = waits.nanoTime();
        if (!what.equals(said) || now - saidAt >= reminder.toNanos()) {
            LOG.info("{}", what);
            said = what;
            saidAt = now;
        }
    }
}
