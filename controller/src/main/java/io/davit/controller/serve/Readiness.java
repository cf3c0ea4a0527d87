package io.davit.controller.serve;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd that the controller serves, so that {@code systemctl start davit} returns when it
 * does (unit {@code Type=notify}, {@code NotifyAccess=all}). Java has no datagram unix sockets, so
 * systemd's own small program says it.
 */
public final class Readiness {

    private static final Logger LOG = LoggerFactory.getLogger(Readiness.class);
    private static final long PATIENCE_SECONDS = 10;

    private Readiness() {}

    /** Does nothing when systemd did not ask for it. */
    public static void tell() throws InterruptedException {
        if (System.getenv("NOTIFY_SOCKET") == null) {
            return;
        }
        try {
            Process told =
                    new ProcessBuilder(List.of("systemd-notify", "--ready")).inheritIO().start();
            if (!told.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                told.destroyForcibly();
                LOG.warn(
                        "cannot tell systemd that the controller serves: no end after {} s",
                        PATIENCE_SECONDS);
            }
        } catch (IOException e) {
            LOG.warn("cannot tell systemd that the controller serves: {}", e.getMessage());
        }
    }
}
