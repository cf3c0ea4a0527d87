package io.davit.controller.health;

import io.davit.common.HostId;
import io.davit.controller.health.EventLog.Kind;
import io.davit.controller.health.WatchedProbe.Standing;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/** The newest report of each host since this controller started. */
public final class HealthReports {

    /** Two and a half times the longest pause between two reports of an agent that is well. */
    public static final Duration FRESH = Duration.ofSeconds(75);

    private final Map<HostId, Received> newest = new ConcurrentHashMap<>();
    private final EventLog events;
    private final LongSupplier nanoTime;

    private record Received(HostHealth health, long atNanos) {}

    /**
     * A report with its age.
     *
     * @param age since it arrived
     */
    public record Reported(HostHealth health, Duration age) {

        /** It says how the host is now, as long as its agent has a session. */
        public boolean fresh() {
            return age.compareTo(FRESH) <= 0;
        }
    }

    /**
     * @param events hears of what differs from one report to the next
     */
    public HealthReports(EventLog events) {
        this(events, System::nanoTime);
    }

    /** For tests with a clock of their own. */
    HealthReports(EventLog events, LongSupplier nanoTime) {
        this.events = events;
        this.nanoTime = nanoTime;
    }

    /** Takes a report in the place of the one before. */
    public void received(HostId host, HostHealth health) {
        var before = newest.put(host, new Received(health, nanoTime.getAsLong()));
        health.roles()
                .forEach((role, probes) ->
                        probes.forEach(probe ->
                                compare(
                                        host,
                                        role,
                                        Optional.ofNullable(before)
                                                .flatMap(it ->
                                                        it.health().probe(role, probe.name())),
                                        probe)));
    }

    private void compare(
            HostId host, String role, Optional<WatchedProbe> before, WatchedProbe now) {
        boolean failed = before.map(WatchedProbe::failed).orElse(false);
        if (now.failed() && !failed) {
            events.add(host, Kind.FAILED, role, now.name() + ": " + now.lastError());
        } else if (failed && now.standing() == Standing.OK) {
            events.add(host, Kind.MENDED, role, now.name());
        }
        if (held(now) && before.isPresent() && !held(before.get())) {
            events.add(
                    host,
                    Kind.ADDRESS,
                    role,
                    "has the virtual IP " + now.details().getOrDefault("address", ""));
        }
    }

    private static boolean held(WatchedProbe probe) {
        return "true".equals(probe.details().get("held"));
    }

    /** Forgets a host that is known no more. */
    public void forget(HostId host) {
        newest.remove(host);
    }

    /** Whatever was reported last, however old. */
    public Optional<Reported> find(HostId host) {
        return Optional.ofNullable(newest.get(host))
                .map(received ->
                        new Reported(
                                received.health(),
                                Duration.ofNanos(nanoTime.getAsLong() - received.atNanos())));
    }
}
