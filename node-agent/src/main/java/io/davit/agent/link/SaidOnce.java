package io.davit.agent.link;

import java.time.Duration;
import org.slf4j.Logger;

/** Says what is waited for: at once when it changes, and again now and then. */
public final class SaidOnce {

    private final Logger log;
    private final Waits waits;
    private final Duration reminder;
    private String said = "";
    private long saidAt;

    /**
     * @param log of who waits
     * @param reminder how long after it was said the same is said again
     */
    public SaidOnce(Logger log, Waits waits, Duration reminder) {
        this.log = log;
        this.waits = waits;
        this.reminder = reminder;
    }

    /** Logs this unless it was said a moment ago. */
    public void say(String what) {
        long now = waits.nanoTime();
        if (!what.equals(said) || now - saidAt >= reminder.toNanos()) {
            log.info("{}", what);
            said = what;
            saidAt = now;
        }
    }
}
