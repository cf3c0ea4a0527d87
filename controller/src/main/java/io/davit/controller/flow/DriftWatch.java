package io.davit.controller.flow;

import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.execute.OperationRecord;
import io.davit.controller.execute.PlanDesk;
import io.davit.controller.health.EventLog;
import io.davit.controller.plan.Drift;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks again and again whether clusters are still as they were applied, and does nothing about it.
 *
 * <ol>
 *   <li>One cluster after another is planned as {@code davit plan} would, without the agents'
 *       CHECK. One host is asked at a time, over all clusters.
 *   <li>A cluster that an operation acts on is left alone; so is what was seen if one began, ended,
 *       or was approved meanwhile.
 *   <li>Between two rounds lies {@value #SECONDS} seconds or the time that the round took,
 *       whichever is longer, and a little chance.
 * </ol>
 *
 * What was seen is kept in memory; it counts until the cluster's next operation begins.
 */
public final class DriftWatch implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(DriftWatch.class);

    private static final int SECONDS = 15;
    private static final Duration OLDEST = Duration.ofMinutes(5);

    private final PlanDesk desk;
    private final AcceptedClusters clusters;
    private final StoredOperations operations;
    private final EventLog events;
    private final RandomGenerator random;
    private final Watch watch;
    private final Map<String, Seen> seen = new ConcurrentHashMap<>();

    public DriftWatch(
            PlanDesk desk,
            AcceptedClusters clusters,
            StoredOperations operations,
            EventLog events,
            RandomGenerator random) {
        this.desk = desk;
        this.clusters = clusters;
        this.operations = operations;
        this.events = events;
        this.random = random;
        this.watch = new Watch("drift-watch", this::round, Duration.ofSeconds(SECONDS));
    }

    /**
     * @param operation the newest one when it was seen
     */
    private record Seen(Drift drift, Optional<String> operation, long atNanos) {}

    /** Begins to look. */
    public void start() {
        watch.start();
    }

    /** What is not as applied; empty while that cannot be told. */
    public Optional<Drift> of(String cluster) {
        return Optional.ofNullable(seen.get(cluster))
                .filter(it -> System.nanoTime() - it.atNanos() < OLDEST.toNanos())
                .filter(it -> quiet(cluster).filter(it.operation()::equals).isPresent())
                .map(Seen::drift);
    }

    /** The newest operation, if none acts on the cluster now. */
    private Optional<Optional<String>> quiet(String cluster) {
        return clusters.running(cluster).isPresent()
                ? Optional.empty()
                : Optional.of(operations.newest(cluster).map(OperationRecord::id));
    }

    private Duration round() throws InterruptedException {
        long began = System.nanoTime();
        look();
        return pause(Duration.ofNanos(System.nanoTime() - began));
    }

    private Duration pause(Duration took) {
        var least = Duration.ofMillis(SECONDS * 900L + random.nextInt(SECONDS * 200));
        return took.compareTo(least) > 0 ? took : least;
    }

    /** Looks at each cluster once. */
    void look() throws InterruptedException {
        List<AcceptedCluster> all = clusters.all();
        seen.keySet()
                .retainAll(all.stream().map(cluster -> cluster.spec().cluster().name()).toList());
        for (AcceptedCluster cluster : all) {
            try {
                look(cluster);
            } catch (RuntimeException e) {
                LOG.warn("cannot look for drift in {}", cluster.spec().cluster().name(), e);
            }
        }
    }

    private void look(AcceptedCluster listed) throws InterruptedException {
        String name = listed.spec().cluster().name();
        var before = quiet(name);
        var cluster = clusters.find(name);
        if (before.isEmpty() || cluster.isEmpty()) {
            return;
        }
        var plan = desk.planQuietly(cluster.get());
        if (!quiet(name).equals(before)) {
            return;
        }
        List<String> hosts =
                cluster.get().spec().cluster().hosts().stream().map(HostSpec::name).toList();
        Drift.of(plan, hosts)
                .ifPresentOrElse(
                        drift -> {
                            tell(cluster.get(), of(name), drift);
                            seen.put(name, new Seen(drift, before.get(), System.nanoTime()));
                        },
                        () -> seen.remove(name));
    }

    /** Hosts that differ otherwise than a moment ago. */
    private void tell(AcceptedCluster cluster, Optional<Drift> before, Drift now) {
        now.hosts()
                .forEach((host, differences) -> {
                    var earlier =
                            before.map(it -> it.hosts().getOrDefault(host, List.of()))
                                    .orElse(List.of());
                    var id = cluster.bindings().host(host);
                    if (id.isPresent() && !earlier.equals(differences)) {
                        events.add(
                                id.get(),
                                EventLog.Kind.DRIFT,
                                "",
                                differences.isEmpty()
                                        ? "is as applied again"
                                        : "is not as applied: " + String.join(", ", differences));
                    }
                });
    }

    @Override
    public void close() {
        watch.close();
    }
}
