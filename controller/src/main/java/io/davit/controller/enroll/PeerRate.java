package io.davit.controller.enroll;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** How often one address may begin: so many at once, then so many a second. Bounded memory. */
final class PeerRate {

    private static final int REMEMBERED = 10_000;

    private final double perSecond;
    private final double burst;
    private final Clock clock;
    private final Map<String, Allowance> allowances =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Allowance> eldest) {
                    return size() > REMEMBERED;
                }
            };

    PeerRate(double perSecond, double burst, Clock clock) {
        this.perSecond = perSecond;
        this.burst = burst;
        this.clock = clock;
    }

    private record Allowance(double left, Instant at) {}

    synchronized boolean admit(String address) {
        Instant now = clock.instant();
        Allowance before = allowances.getOrDefault(address, new Allowance(burst, now));
        double seconds = Math.max(0, Duration.between(before.at(), now).toMillis() / 1000.0);
        double left = Math.min(burst, before.left() + seconds * perSecond);
        boolean admitted = left >= 1;
        allowances.put(address, new Allowance(admitted ? left - 1 : left, now));
        return admitted;
    }
}
