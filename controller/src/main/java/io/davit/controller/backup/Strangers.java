package io.davit.controller.backup;

import io.davit.common.HostId;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Agents with a certificate of our CA that the state does not accept: seen since this controller
 * started, the latest so many of them.
 */
public final class Strangers {

    private static final int MOST = 200;

    private final Clock clock;
    private final Map<HostId, Stranger> seen = new LinkedHashMap<>();

    /** None yet. */
    public Strangers(Clock clock) {
        this.clock = clock;
    }

    /** One of them. */
    public record Stranger(HostId host, Instant lastSeen, String why) {}

    /** It came, and was refused. */
    public synchronized void came(HostId host, String why) {
        seen.remove(host);
        seen.put(host, new Stranger(host, clock.instant(), why));
        if (seen.size() > MOST) {
            seen.remove(seen.keySet().iterator().next());
        }
    }

    /** All that are remembered, the latest last. */
    public synchronized List<Stranger> all() {
        return List.copyOf(seen.values());
    }
}
