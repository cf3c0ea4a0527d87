package io.davit.controller.health;

import io.davit.common.HostId;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** What happened to hosts since this controller started: the newest 5,000 of it, in memory. */
public final class EventLog {

    private static final int MOST = 5_000;

    private final Deque<HostEvent> newest = new ArrayDeque<>();
    private final Clock clock;

    /**
     * @param role empty where it is about the host itself
     * @param text in one line
     */
    public record HostEvent(Instant at, HostId host, Kind kind, String role, String text) {}

    /** What kind of event. */
    public enum Kind {
        /** Its agent has a session. */
        HOST_UP("host up"),
        /** It has none any more. */
        HOST_DOWN("host down"),
        /** A watched probe has failed. */
        FAILED("failed"),
        /** It is ok again. */
        MENDED("ok"),
        /** The virtual IP came to it. */
        ADDRESS("address"),
        /** It was given up, and what it ran has ended. */
        WIPED("wiped"),
        /** Its agent was replaced by another build, or was not. */
        AGENT("agent"),
        /** It is not as it was applied, or is so again. */
        DRIFT("drift");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        /** As operators read it. */
        public String text() {
            return text;
        }
    }

    public EventLog(Clock clock) {
        this.clock = clock;
    }

    /** Records something that happens now. */
    public synchronized void add(HostId host, Kind kind, String role, String text) {
        if (newest.size() == MOST) {
            newest.removeFirst();
        }
        newest.addLast(new HostEvent(clock.instant(), host, kind, role, text));
    }

    /** Everything since then, oldest first. */
    public synchronized List<HostEvent> since(Instant from) {
        return newest.stream().filter(event -> !event.at().isBefore(from)).toList();
    }
}
