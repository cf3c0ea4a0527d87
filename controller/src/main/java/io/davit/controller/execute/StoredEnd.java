package io.davit.controller.execute;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The end of something that ran, which has to be stored: else it runs for ever in the store. */
public final class StoredEnd {

    private static final Logger LOG = LoggerFactory.getLogger(StoredEnd.class);

    private static final Duration PAUSE = Duration.ofSeconds(5);

    private StoredEnd() {}

    /**
     * Stores it. Where the store is what fails (a full disk), it is asked again until it takes it,
     * or until this thread is interrupted: then it runs on at the next start of the controller.
     *
     * @param what ended, for the log
     * @param storing throws where the store does not take it
     */
    public static void store(String what, Pace pace, Runnable storing) {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                storing.run();
                return;
            } catch (RuntimeException e) {
                LOG.error("cannot store the end of {}; tried again", what, e);
            }
            try {
                pace.sleep(PAUSE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
