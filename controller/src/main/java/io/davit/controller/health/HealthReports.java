package io.davit.controller.health;

import io.davit.common.HostId;
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

    public HealthReports() {
        this(System::nanoTime);
    }

    /** For tests with a clock of their own. */
    HealthReports(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Takes a report in the place of the one before. */
    public void received(HostId host, HostHealth health) {
        newest.put(host, new Received(health, nanoTime.getAsLong()));
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
