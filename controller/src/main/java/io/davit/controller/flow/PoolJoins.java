package io.davit.controller.flow;

import io.davit.controller.agentlink.Agents;
import io.davit.controller.enroll.PoolJoin;
import io.davit.controller.execute.OperationRecord;
import io.davit.controller.execute.OperationStore;
import io.davit.controller.health.EventLog;
import io.davit.controller.observe.ObservedHost;
import io.davit.controller.plan.Blocker;
import io.davit.controller.plan.FirstServer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes workers of the hosts that pool tokens bring, with nobody typing. Level-triggered: what is
 * owed is stored with each enrolment, and looked at every second.
 *
 * <ol>
 *   <li>A member that was a Ready worker once is done.
 *   <li>Nothing begins while an operation runs on the cluster, or before its first server is up.
 *   <li>The members that are connected, and due, wait one look for others: those that boot together
 *       join together.
 *   <li>One operation joins them all, and touches nothing else. An attempt is counted as it is
 *       accepted, so that a controller that dies in it has tried.
 *   <li>Who did not get in is tried again, later each time, {@value #MOST} times; then a person has
 *       to look, or the controller starts anew.
 * </ol>
 */
public final class PoolJoins implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PoolJoins.class);

    static final int MOST = 8;
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(15);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

    /** Those that keep coming are not waited for longer. */
    private static final int MOST_WAITS = 5;

    private final Flow flow;
    private final AcceptedClusters clusters;
    private final Members members;
    private final OperationStore operations;
    private final Agents agents;
    private final EventLog events;
    private final Clock clock;
    private final Watch watch;
    private final Map<String, Gathering> gathering = new HashMap<>();
    private final Map<String, Integer> told = new HashMap<>();

    public PoolJoins(
            Flow flow,
            AcceptedClusters clusters,
            Members members,
            OperationStore operations,
            Agents agents,
            EventLog events,
            Clock clock) {
        this.flow = flow;
        this.clusters = clusters;
        this.members = members;
        this.operations = operations;
        this.agents = agents;
        this.events = events;
        this.clock = clock;
        this.watch = new Watch("pool-joins", this::round, FIRST_PAUSE);
    }

    /** Who is ready to join, and how often others were waited for. */
    private record Gathering(Set<String> hosts, int waits) {}

    /** Begins to look; what was given up before is tried again. */
    public void start() {
        for (Members.Owed owed : members.owed()) {
            if (owed.join().attempts() > 0) {
                members.note(owed, PoolJoin::anew);
            }
        }
        watch.start();
    }

    private Duration round() throws InterruptedException {
        look();
        return BETWEEN_LOOKS;
    }

    /** Looks once. */
    void look() throws InterruptedException {
        var owed = members.owed();
        if (owed.isEmpty()) {
            return;
        }
        var byCluster = owed.stream().collect(Collectors.groupingBy(it -> it.join().cluster()));
        for (var entry : byCluster.entrySet()) {
            look(entry.getKey(), entry.getValue());
        }
    }

    private void look(String cluster, List<Members.Owed> owed) throws InterruptedException {
        var accepted = clusters.find(cluster);
        if (accepted.isEmpty()
                || clusters.running(cluster).isPresent()
                || !(accepted.get().record().firstServer() instanceof FirstServer.Done)) {
            return;
        }
        var open = new ArrayList<Members.Owed>();
        for (Members.Owed each : owed) {
            var name = each.join().name();
            if (accepted.get().record().hasJoined("worker", name, each.host())) {
                members.joined(each);
                told.remove(name);
            } else {
                open.add(each);
            }
        }
        var ready = ready(open);
        if (ready.isEmpty()) {
            gathering.remove(cluster);
        } else if (gathered(cluster, ready.keySet())) {
            gathering.remove(cluster);
            join(cluster, ready);
        }
    }

    /** By name: those that are here, and whose turn it is. */
    private Map<String, Members.Owed> ready(List<Members.Owed> open) {
        var here =
                agents.hosts().stream()
                        .filter(ObservedHost::connected)
                        .map(ObservedHost::hostId)
                        .collect(Collectors.toSet());
        var ready = new HashMap<String, Members.Owed>();
        for (Members.Owed each : open) {
            tell(each);
            if (here.contains(each.host()) && due(each.join())) {
                ready.put(each.join().name(), each);
            }
        }
        return ready;
    }

    private boolean due(PoolJoin join) {
        return join.attempts() < MOST && !clock.instant().isBefore(next(join));
    }

    /** When a member may be tried again. */
    private Instant next(PoolJoin join) {
        if (join.attempts() == 0) {
            return join.lastAttempt();
        }
        var ended =
                operation(join, operations)
                        .flatMap(OperationRecord::endedAt)
                        .orElse(join.lastAttempt());
        var pause = FIRST_PAUSE.multipliedBy(1L << Math.min(join.attempts() - 1, 10));
        return ended.plus(pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause);
    }

    private boolean gathered(String cluster, Set<String> ready) {
        var before = gathering.getOrDefault(cluster, new Gathering(Set.of(), 0));
        if (before.hosts().equals(ready) || before.waits() >= MOST_WAITS) {
            return true;
        }
        gathering.put(cluster, new Gathering(Set.copyOf(ready), before.waits() + 1));
        return false;
    }

    /** Joins all that nothing stands in the way of. */
    private void join(String cluster, Map<String, Members.Owed> ready) throws InterruptedException {
        var joining = new HashMap<>(ready);
        while (!joining.isEmpty()) {
            switch (flow.join(cluster, joining.keySet())) {
                case Flow.Started started -> {
                    LOG.info("operation {} joins {}", started.operationId(), joining.keySet());
                    return;
                }
                case Flow.Refused refused -> {
                    if (clusters.running(cluster).isPresent()) {
                        return;
                    }
                    var blocked = blocked(refused.why(), joining.keySet());
                    blocked.forEach((name, why) -> {
                        Optional.ofNullable(joining.remove(name))
                                .ifPresent(owed ->
                                        members.note(owed, it -> it.refused(why, clock.instant())));
                    });
                }
                case Flow.NothingToDo _ -> {
                    joining.values().forEach(members::joined);
                    return;
                }
                case Flow.Invalid _, Flow.Planned _, Flow.AsksFirst _ ->
                        throw new IllegalStateException("joining reads no spec and asks nobody");
            }
        }
    }

    /** Why, by host; what is about none of them is in the way of all. */
    private static Map<String, String> blocked(List<Blocker> why, Set<String> hosts) {
        var blocked = new HashMap<String, String>();
        for (Blocker blocker : why) {
            var whom = hosts.contains(blocker.host()) ? Set.of(blocker.host()) : hosts;
            whom.forEach(host -> blocked.putIfAbsent(host, text(blocker)));
        }
        if (blocked.isEmpty()) {
            hosts.forEach(host -> blocked.put(host, "the plan was refused"));
        }
        return blocked;
    }

    private static String text(Blocker blocker) {
        return blocker.remedy().isEmpty()
                ? blocker.cause()
                : blocker.cause() + "; " + blocker.remedy();
    }

    /** Each failed attempt once. */
    private void tell(Members.Owed owed) {
        var join = owed.join();
        if (join.attempts() > told.getOrDefault(join.name(), 0)) {
            told.put(join.name(), join.attempts());
            String text = describe(join);
            LOG.warn("{} of cluster {}: {}", join.name(), join.cluster(), text);
            events.add(owed.host(), EventLog.Kind.FAILED, "worker", text);
        }
    }

    private String describe(PoolJoin join) {
        var left = Duration.between(clock.instant(), next(join));
        return "%s; %s"
                .formatted(
                        failure(join, operations),
                        join.attempts() >= MOST
                                ? "it is not tried again by itself: davit apply"
                                : "tried again in " + Math.max(0, left.toSeconds()) + " s");
    }

    /** Why a member has not joined, for people; an attempt has been made. */
    static String failure(PoolJoin join, OperationStore operations) {
        var operation = operation(join, operations);
        String cause = operation.map(it -> cause(it, join.name())).orElse(join.why());
        return "it could not join its pool, attempt %d of %d%s: %s"
                .formatted(
                        join.attempts(),
                        MOST,
                        operation.map(it -> " (operation " + it.id() + ")").orElse(""),
                        cause);
    }

    private static Optional<OperationRecord> operation(PoolJoin join, OperationStore operations) {
        return join.operation().isEmpty() ? Optional.empty() : operations.find(join.operation());
    }

    private static String cause(OperationRecord operation, String host) {
        return operation.causes().stream()
                .filter(it -> it.host().equals(host))
                .findFirst()
                .or(() -> operation.causes().stream().findFirst())
                .map(Blocker::cause)
                .or(() -> Optional.of("it ended as " + operation.state()))
                .get();
    }

    @Override
    public void close() {
        watch.close();
    }
}
