package io.davit.controller.agentlink;

import java.time.Duration;

/**
 * The beat of sessions.
 *
 * @param heartbeat between two heartbeats of an agent, which adds up to 10 % either way
 * @param away a session without a sign for this long is ended
 * @param hello a stream that has not said Hello after this long is ended
 * @param answer how long the holder of a session has to show a sign when another claims it
 */
public record SessionTiming(Duration heartbeat, Duration away, Duration hello, Duration answer) {

    /** 10 s, 25 s, 10 s, 12 s. */
    public static SessionTiming usual() {
        return new SessionTiming(
                Duration.ofSeconds(10),
                Duration.ofSeconds(25),
                Duration.ofSeconds(10),
                Duration.ofSeconds(12));
    }
}
