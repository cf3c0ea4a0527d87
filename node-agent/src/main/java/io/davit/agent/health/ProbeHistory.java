package io.davit.agent.health;

import io.davit.agent.system.Printable;
import io.davit.proto.agent.v1.ProbeReading;
import io.davit.proto.agent.v1.ProbeStanding;
import io.davit.proto.agent.v1.WatchedProbe;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What a probe said up to now.
 *
 * <pre>
 *              success                  second failure in a row
 *   UNKNOWN ────────────▶ OK ─────────────────────────────────▶ FAILED
 *      │                   ▲──────────────── success ──────────────┘ ▲
 *      └──────────────────── second failure in a row ────────────────┘
 * </pre>
 *
 * One failure may be a hiccup: a garbage collection, an election, a packet lost. Two readings in a
 * row that fail are a few seconds apart. One success is proof, since nothing answers by chance.
 */
final class ProbeHistory {

    private static final int FAILURES_THAT_COUNT = 2;
    private static final int MOST_DETAILS = 1_000;
    private static final int LONGEST_DETAIL = 300;

    private final String probe;
    private ProbeStanding standing = ProbeStanding.PROBE_STANDING_UNSPECIFIED;
    private long since;
    private int failures;
    private String lastError = "";
    private long lastErrorAt;
    private Map<String, String> details = Map.of();

    /**
     * @param now of the monotonic clock, in nanoseconds, here and below
     */
    ProbeHistory(String probe, long now) {
        this.probe = probe;
        this.since = now;
    }

    void take(ProbeReading reading, long now) {
        details =
                reading.getDetailsMap().entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .limit(MOST_DETAILS)
                        .collect(
                                Collectors.toMap(
                                        Map.Entry::getKey,
                                        it -> Printable.line(it.getValue(), LONGEST_DETAIL),
                                        (first, _) -> first,
                                        TreeMap::new));
        if (reading.getOk()) {
            failures = 0;
            turn(ProbeStanding.PROBE_STANDING_OK, now);
            return;
        }
        failures++;
        lastError = reading.getError();
        lastErrorAt = now;
        if (failures >= FAILURES_THAT_COUNT) {
            turn(ProbeStanding.PROBE_STANDING_FAILED, now);
        }
    }

    private void turn(ProbeStanding next, long now) {
        if (next != standing) {
            standing = next;
            since = now;
        }
    }

    /** It failed, and it takes another reading to tell whether that counts. */
    boolean inDoubt() {
        return failures > 0 && failures < FAILURES_THAT_COUNT;
    }

    WatchedProbe message(long now) {
        return WatchedProbe.newBuilder()
                .setProbe(probe)
                .setStanding(standing)
                .setSinceMs(Duration.ofNanos(now - since).toMillis())
                .setFailures(failures)
                .setLastError(lastError)
                .setLastErrorMs(
                        lastError.isEmpty() ? 0 : Duration.ofNanos(now - lastErrorAt).toMillis())
                .putAllDetails(details)
                .build();
    }

    /** What is worth a report at once when it differs: not the numbers, which always do. */
    List<String> notable() {
        var notable = new TreeMap<>(details);
        notable.keySet().removeIf(name -> name.endsWith("-bytes"));
        return List.of(probe, standing.name(), notable.toString());
    }
}
