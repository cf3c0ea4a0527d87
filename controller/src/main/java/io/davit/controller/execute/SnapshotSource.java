package io.davit.controller.execute;

import io.davit.common.HostId;
import io.davit.common.QuorumGuard;
import io.davit.controller.agentlink.Agents;
import io.davit.controller.agentlink.HostAwayException;
import io.davit.controller.agentlink.ProbeReading;
import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.plan.Blocker;
import io.davit.controller.plan.ProbeCall;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.Role;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Chooses the etcd member that a snapshot is taken from, on what all of them say now.
 *
 * <ol>
 *   <li>It is a voter that answers a linearizable read itself.
 *   <li>It is at most {@value QuorumGuard#MAX_LAG} entries behind. The highest index that counts is
 *       one that a quorum has: a single member's mistake makes nobody else look lagging.
 *   <li>A follower goes before the leader, which has more to do; else the first by name.
 * </ol>
 */
public final class SnapshotSource {

    private static final Duration READING = Duration.ofSeconds(5);

    private final Agents agents;

    public SnapshotSource(Agents agents) {
        this.agents = agents;
    }

    /** What came of asking. */
    public sealed interface Choice {}

    /**
     * @param host spec name
     * @param databaseBytes as it says
     */
    public record Chosen(String host, long databaseBytes) implements Choice {}

    /** None can give one; of each, why. */
    public record Nobody(List<Blocker> why) implements Choice {
        public Nobody {
            why = List.copyOf(why);
        }
    }

    public Choice choose(AcceptedCluster cluster) throws InterruptedException {
        var asked = new TreeMap<String, Future<Answer>>();
        var answers = new TreeMap<String, Answer>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (HostSpec host : cluster.spec().cluster().hosts(Role.ETCD)) {
                var id = cluster.bindings().host(host.name());
                asked.put(host.name(), threads.submit(() -> ask(id)));
            }
            for (var answer : asked.entrySet()) {
                answers.put(answer.getKey(), answer.getValue().get());
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot ask etcd's members: " + e.getCause(), e);
        }
        return of(answers);
    }

    private Answer ask(Optional<HostId> host) throws InterruptedException {
        if (host.isEmpty()) {
            return new Silent("it is bound to no machine yet");
        }
        try {
            return new Told(
                    agents.probe(host.get(), Role.ETCD.text(), ProbeCall.of("member"), READING));
        } catch (HostAwayException e) {
            return new Silent("it is away");
        }
    }

    /** What a host answers. */
    sealed interface Answer {}

    record Told(ProbeReading reading) implements Answer {}

    record Silent(String why) implements Answer {}

    /** The choice among these answers, by spec name. */
    static Choice of(SortedMap<String, Answer> answers) {
        long highest = highest(answers);
        var fit = new TreeMap<String, Map<String, String>>();
        var why = new ArrayList<Blocker>();
        answers.forEach((host, answer) ->
                whyNot(answer, highest)
                        .ifPresentOrElse(
                                cause ->
                                        why.add(
                                                new Blocker(
                                                        host,
                                                        Role.ETCD.text(),
                                                        "",
                                                        cause,
                                                        "see davit why " + host)),
                                () -> fit.put(host, details(answer))));
        return fit.entrySet().stream()
                .filter(member -> follows(member.getValue()))
                .findFirst()
                .or(() -> fit.entrySet().stream().findFirst())
                .<Choice>map(
                        member -> new Chosen(member.getKey(), number(member.getValue(), "db-size")))
                .orElseGet(() -> new Nobody(why));
    }

    private static Map<String, String> details(Answer answer) {
        return switch (answer) {
            case Told told -> told.reading().details();
            case Silent _ -> Map.of();
        };
    }

    private static Optional<String> whyNot(Answer answer, long highest) {
        return switch (answer) {
            case Silent silent -> Optional.of(silent.why());
            case Told told when !told.reading().ok() ->
                    Optional.of("its member does not answer: " + told.reading().error());
            case Told told -> whyNot(told.reading().details(), highest);
        };
    }

    private static Optional<String> whyNot(Map<String, String> details, long highest) {
        if (!is(details, "served-read")) {
            return Optional.of("its member answers no linearizable read");
        }
        if (is(details, "learner")) {
            return Optional.of("its member is a learner");
        }
        long behind = highest - number(details, "raft-index");
        return behind > QuorumGuard.MAX_LAG
                ? Optional.of("its member is %d entries behind".formatted(behind))
                : Optional.empty();
    }

    private static boolean follows(Map<String, String> details) {
        return !details.getOrDefault("member-id", "").equals(details.get("leader-id"));
    }

    private static long highest(SortedMap<String, Answer> answers) {
        var indexes = new ArrayList<Long>();
        answers.values().forEach(answer -> indexes.add(number(details(answer), "raft-index")));
        indexes.sort(Collections.reverseOrder());
        return indexes.isEmpty() ? 0 : indexes.get(indexes.size() / 2);
    }

    private static boolean is(Map<String, String> details, String name) {
        return details.getOrDefault(name, "").equals("true");
    }

    private static long number(Map<String, String> details, String name) {
        String text = details.getOrDefault(name, "");
        return text.matches("[0-9]{1,18}") ? Long.parseLong(text) : 0;
    }
}
