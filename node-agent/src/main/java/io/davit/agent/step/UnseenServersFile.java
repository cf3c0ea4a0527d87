package io.davit.agent.step;

import io.davit.agent.health.Haproxy;
import io.davit.agent.profile.UnseenServers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** HAProxy's server state file during a reload, and without a word at all other times. */
final class UnseenServersFile implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(UnseenServersFile.class);

    private static final Duration ANSWER = Duration.ofSeconds(3);
    private static final Duration NEW_PROCESS = Duration.ofSeconds(10);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final int CONFIG_LIMIT = 1 << 20;

    private final UnseenServers unseen;
    private final Work work;
    private final String before;

    private UnseenServersFile(UnseenServers unseen, Work work, String before) {
        this.unseen = unseen;
        this.work = work;
        this.before = before;
    }

    /** To be called before the reload. Where HAProxy does not answer nothing is known. */
    static UnseenServersFile write(UnseenServers unseen, Work work)
            throws IOException, InterruptedException {
        String text = Haproxy.NO_STATE;
        String pid = "";
        try {
            pid = Haproxy.pid(work.host().ask(unseen.socket(), Haproxy.INFO, ANSWER));
            text =
                    Haproxy.unseen(
                            new String(
                                    work.host().read(unseen.config(), CONFIG_LIMIT),
                                    StandardCharsets.UTF_8),
                            unseen.backend(),
                            work.host()
                                    .ask(unseen.socket(), Haproxy.state(unseen.backend()), ANSWER));
        } catch (IOException e) {
            LOG.info("HAProxy does not say which servers it has seen up: {}", e.getMessage());
        }
        var file = new UnseenServersFile(unseen, work, pid);
        file.put(text);
        return file;
    }

    /** To be called after a reload that was taken: waits for HAProxy's next process. */
    void awaitReader() throws InterruptedException {
        long end = work.system().clock().nanoTime() + work.left(NEW_PROCESS).toNanos();
        while (!before.isEmpty() && !another() && work.system().clock().nanoTime() < end) {
            work.pause(POLL);
        }
    }

    /** To be called in the end: another reload, by hand, is not told the same. */
    @Override
    public void close() {
        try {
            put(Haproxy.NO_STATE);
        } catch (IOException e) {
            LOG.warn("cannot empty {}: {}", unseen.file(), e.getMessage());
        }
    }

    private boolean another() throws InterruptedException {
        try {
            String pid = Haproxy.pid(work.host().ask(unseen.socket(), Haproxy.INFO, ANSWER));
            return !pid.isEmpty() && !pid.equals(before);
        } catch (IOException e) {
            return false;
        }
    }

    private void put(String text) throws IOException {
        work.system()
                .files()
                .write(unseen.file(), text.getBytes(StandardCharsets.UTF_8), 0644, "root", "root");
    }
}
