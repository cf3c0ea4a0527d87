package io.davit.agent.health;

import io.davit.agent.profile.Catalogue;
import io.davit.agent.profile.Probe;
import io.davit.agent.profile.Profile;
import io.davit.agent.system.FileView;
import io.davit.agent.system.HostClock;
import io.davit.proto.agent.v1.HealthReport;
import io.davit.proto.agent.v1.ProbeCall;
import io.davit.proto.agent.v1.ProbeReading;
import io.davit.proto.agent.v1.WatchedRole;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the installed roles and the host, and reports.
 *
 * <ol>
 *   <li>A round every 10 s, a tenth more or less, so that the hosts of a cluster do not all ask at
 *       once: all probes of all installed roles side by side, each with a deadline.
 *   <li>A probe whose earlier reading has not ended is not started again; that is a failure of its
 *       own.
 *   <li>If a probe has failed once, and a second failure would count ({@link ProbeHistory}), the
 *       next round comes after 3 s.
 *   <li>A report at each change that somebody would want to know, and every third round anyway.
 * </ol>
 *
 * It runs whether or not there is a session, and changes nothing on the host.
 */
public final class HealthMonitor implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(HealthMonitor.class);

    private static final Duration INTERVAL = Duration.ofSeconds(10);
    private static final Duration IN_DOUBT = Duration.ofSeconds(3);
    private static final Duration DEADLINE = Duration.ofSeconds(4);

    /** What a probe may take longer than its deadline, which bounds each of its questions. */
    private static final Duration GRACE = Duration.ofSeconds(2);

    private static final int ROUNDS_BETWEEN_REPORTS = 3;

    private final Catalogue catalogue;
    private final WatchedHost host;
    private final HostNumbers numbers;
    private final HostClock clock;
    private final RandomGenerator random;
    private final Consumer<HealthReport> reports;
    private final Thread thread = Thread.ofVirtual().name("health").unstarted(this::watch);
    private final ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor();

    private final Map<Watched, ProbeHistory> histories = new LinkedHashMap<>();
    private final Map<Watched, Future<ProbeReading>> unended = new LinkedHashMap<>();
    private List<List<String>> lastReported = List.of();
    private int roundsSinceReport = ROUNDS_BETWEEN_REPORTS;
    private long sequence;

    private record Watched(String role, String probe) {}

    /**
     * @param reports takes each report; returns soon
     */
    public HealthMonitor(
            Catalogue catalogue,
            WatchedHost host,
            FileView files,
            HostClock clock,
            RandomGenerator random,
            Consumer<HealthReport> reports) {
        this.catalogue = catalogue;
        this.host = host;
        this.numbers = new HostNumbers(catalogue, files);
        this.clock = clock;
        this.random = random;
        this.reports = reports;
    }

    /** Begins to watch, in a thread of its own. */
    public void start() {
        thread.start();
    }

    private void watch() {
        try {
            while (true) {
                long began = clock.nanoTime();
                try {
                    round();
                } catch (RuntimeException e) {
                    LOG.error("cannot watch the host's health", e);
                }
                clock.sleep(pause(Duration.ofNanos(clock.nanoTime() - began)));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Duration pause(Duration taken) {
        if (histories.values().stream().anyMatch(ProbeHistory::inDoubt)) {
            return IN_DOUBT;
        }
        Duration left =
                INTERVAL.multipliedBy(random.nextLong(900, 1101)).dividedBy(1000).minus(taken);
        return left.compareTo(IN_DOUBT) < 0 ? IN_DOUBT : left;
    }

    /** Reads everything once, and reports if it is time or worth it. */
    void round() throws InterruptedException {
        Set<String> roles = host.installedRoles();
        List<Watched> watched = watched(roles);
        histories.keySet().retainAll(watched);
        unended.keySet().retainAll(watched);
        read(watched);

        var notable = watched.stream().map(this::notable).toList();
        roundsSinceReport++;
        if (!notable.equals(lastReported) || roundsSinceReport >= ROUNDS_BETWEEN_REPORTS) {
            lastReported = notable;
            roundsSinceReport = 0;
            reports.accept(report(roles, watched));
        }
    }

    private List<Watched> watched(Set<String> roles) {
        var watched = new ArrayList<Watched>();
        for (Profile profile : catalogue.profiles()) {
            if (roles.contains(profile.role())) {
                profile.watched().stream()
                        .map(Probe::name)
                        .forEach(probe -> watched.add(new Watched(profile.role(), probe)));
            }
        }
        return watched;
    }

    private void read(List<Watched> watched) throws InterruptedException {
        var begun = new LinkedHashMap<Watched, Future<ProbeReading>>();
        for (Watched it : watched) {
            var earlier = unended.get(it);
            if (earlier == null || earlier.isDone()) {
                begun.put(it, readers.submit(() -> ask(it)));
            } else {
                take(it, failure(it, "it has still not answered"));
            }
        }
        unended.putAll(begun);
        long last = System.nanoTime() + DEADLINE.plus(GRACE).toNanos();
        for (var reading : begun.entrySet()) {
            take(reading.getKey(), await(reading.getKey(), reading.getValue(), last));
        }
    }

    private ProbeReading ask(Watched it) {
        return host.probe(it.role(), ProbeCall.newBuilder().setProbe(it.probe()).build(), DEADLINE);
    }

    private static ProbeReading await(Watched it, Future<ProbeReading> reading, long last)
            throws InterruptedException {
        try {
            return reading.get(Math.max(0, last - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return failure(it, "no answer within %d s".formatted(DEADLINE.toSeconds()));
        } catch (ExecutionException e) {
            LOG.warn("cannot read probe {} of {}", it.probe(), it.role(), e.getCause());
            return failure(it, "the agent cannot read it: " + e.getCause());
        }
    }

    private static ProbeReading failure(Watched it, String why) {
        return ProbeReading.newBuilder()
                .setRole(it.role())
                .setProbe(it.probe())
                .setError(why)
                .build();
    }

    private void take(Watched it, ProbeReading reading) {
        long now = clock.nanoTime();
        histories.computeIfAbsent(it, _ -> new ProbeHistory(it.probe(), now)).take(reading, now);
    }

    private List<String> notable(Watched it) {
        var notable = new ArrayList<String>();
        notable.add(it.role());
        var history = histories.get(it);
        if (history != null) {
            notable.addAll(history.notable());
        }
        return notable;
    }

    private HealthReport report(Set<String> roles, List<Watched> watched) {
        long now = clock.nanoTime();
        var byRole = new LinkedHashMap<String, WatchedRole.Builder>();
        for (Watched it : watched) {
            var history = histories.get(it);
            if (history != null) {
                byRole.computeIfAbsent(it.role(), role -> WatchedRole.newBuilder().setRole(role))
                        .addProbes(history.message(now));
            }
        }
        var report = HealthReport.newBuilder().setSequence(++sequence);
        byRole.values().forEach(report::addRoles);
        numbers.addTo(report, roles);
        return report.build();
    }

    @Override
    public void close() {
        thread.interrupt();
        readers.shutdownNow();
    }
}
