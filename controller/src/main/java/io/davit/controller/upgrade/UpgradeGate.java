package io.davit.controller.upgrade;

import io.davit.controller.execute.Pace;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.TreeSet;

/**
 * What stands before each batch: no operation runs on a cluster whose hosts have been or are to be
 * touched, and none of them does worse than when the upgrade began. Both are waited for, within
 * limits.
 */
final class UpgradeGate {

    private static final Duration OPERATION_LIMIT = Duration.ofHours(1);
    private static final Duration HEALTH_LIMIT = Duration.ofMinutes(3);

    private final UpgradeRecord upgrade;
    private final UpgradeHosts hosts;
    private final Fleet fleet;
    private final Pace pace;

    /** Since when it has not been open. */
    private Optional<Instant> since = Optional.empty();

    UpgradeGate(UpgradeRecord upgrade, UpgradeHosts hosts, Fleet fleet, Pace pace) {
        this.upgrade = upgrade;
        this.hosts = hosts;
        this.fleet = fleet;
        this.pace = pace;
    }

    /** Whether it may begin. */
    sealed interface Answer {}

    record Open() implements Answer {}

    record Wait(String why) implements Answer {}

    record Closed(String why, String remedy) implements Answer {}

    /** Asked again and again, until it is open or closed. */
    Answer ask(int batch) throws InterruptedException {
        var touched = new TreeSet<String>();
        hosts.all().stream()
                .filter(host -> host.batch() <= batch && !host.cluster().isEmpty())
                .forEach(host -> touched.add(host.cluster()));
        if (since.isEmpty()) {
            since = Optional.of(pace.now());
        }
        for (String cluster : touched) {
            var running = fleet.runningOperation(cluster);
            if (running.isPresent()) {
                String why = "operation %s runs on cluster %s".formatted(running.get(), cluster);
                return pace.isOver(since.get(), OPERATION_LIMIT)
                        ? new Closed(why, "davit agents upgrade again, when it has ended")
                        : new Wait(why);
            }
        }
        for (String cluster : touched) {
            var now = fleet.standing(cluster);
            if (now.badness() > upgrade.badness().getOrDefault(cluster, 0)) {
                String why =
                        "cluster %s is %s, and was %s when the upgrade began: %s"
                                .formatted(
                                        cluster,
                                        now.text(),
                                        new Fleet.Standing(
                                                        upgrade.badness().getOrDefault(cluster, 0),
                                                        "")
                                                .text(),
                                        now.why());
                return pace.isOver(since.get(), HEALTH_LIMIT)
                        ? new Closed(why, "davit why " + cluster + ", then davit agents upgrade")
                        : new Wait(why);
            }
        }
        since = Optional.empty();
        return new Open();
    }
}
