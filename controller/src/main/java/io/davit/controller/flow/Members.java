package io.davit.controller.flow;

import io.davit.common.HostId;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.enroll.Place;
import io.davit.controller.enroll.PoolJoin;
import io.davit.controller.enroll.PoolMember;
import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.execute.OperationRecord;
import io.davit.controller.spec.ClusterSpec;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.PoolMembers;
import io.davit.controller.spec.Role;
import io.davit.controller.store.Reads;
import io.davit.controller.store.Records;
import io.davit.controller.store.Transaction;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * The members of pools, as they are stored. Enrolment writes them; this puts them beside the hosts
 * of the spec, keeps what is owed to those that have not joined yet, and ends them.
 */
public final class Members {

    private final Changes changes;
    private final Records records;

    public Members(Changes changes, Records records) {
        this.changes = changes;
        this.records = records;
    }

    /** The accepted file's cluster with the members of its pools. */
    static AcceptedCluster join(Reads reads, AcceptedCluster cluster) {
        var all = PoolMember.of(reads, cluster.spec().cluster().name());
        var stay = all.stream().filter(it -> !it.leaving()).map(Members::host).toList();
        var bindings = cluster.bindings();
        for (PoolMember member : all) {
            bindings = bindings.with(member.name(), member.host(), List.of(Role.WORKER));
        }
        return new AcceptedCluster(cluster.spec().withMembers(stay), bindings, cluster.record());
    }

    private static HostSpec host(PoolMember member) {
        return new HostSpec(
                member.name(),
                member.address(),
                List.of(Role.WORKER),
                Map.of(),
                List.of(),
                Optional.of(member.pool()));
    }

    /** Only the bindings of hosts that the file names. */
    static Map<String, HostId> without(Reads reads, String cluster, Map<String, HostId> bindings) {
        var left = new TreeMap<>(bindings);
        PoolMember.of(reads, cluster).forEach(member -> left.remove(member.name()));
        return left;
    }

    /** How the members that are to stay differ from those of a plan, where that matters. */
    static Optional<String> moved(Transaction transaction, ClusterSpec planned) {
        var known =
                PoolMembers.of(planned).stream().map(HostSpec::name).collect(Collectors.toSet());
        var there =
                PoolMember.of(transaction, planned.name()).stream()
                        .filter(member -> !member.leaving())
                        .toList();
        var gone = new TreeSet<>(known);
        there.forEach(member -> gone.remove(member.name()));
        if (!gone.isEmpty()) {
            return Optional.of(String.join(", ", gone) + " left its pool meanwhile");
        }
        for (PoolMember member : there) {
            long count = there.stream().filter(it -> it.pool().equals(member.pool())).count();
            boolean room =
                    planned.pool(member.pool()).filter(pool -> pool.max() >= count).isPresent();
            if (!room) {
                return Optional.of(member.name() + " joined pool " + member.pool() + " meanwhile");
            }
        }
        return Optional.empty();
    }

    /** The same where every member has to be one of these. */
    static Optional<String> moved(Transaction transaction, String cluster, Set<String> known) {
        return PoolMember.of(transaction, cluster).stream()
                .filter(member -> !known.contains(member.name()))
                .findFirst()
                .map(member -> member.name() + " joined pool " + member.pool() + " meanwhile");
    }

    /** Ends a member's binding; false where it is none. */
    static boolean end(Transaction transaction, String cluster, String name, HostId host) {
        String id = cluster + "/" + host;
        boolean member =
                transaction
                        .find(PoolMember.TABLE, id)
                        .filter(it -> it.name().equals(name))
                        .isPresent();
        if (member) {
            transaction.remove(PoolMember.TABLE, id);
            transaction.remove(PoolJoin.TABLE, id);
        }
        return member;
    }

    /** A member and the host that it is. */
    record Owed(HostId host, PoolJoin join) {}

    /** What is owed to members that have not joined yet. */
    List<Owed> owed() {
        return records.all(PoolJoin.TABLE).stream()
                .map(row ->
                        new Owed(
                                new HostId(row.id().substring(row.id().indexOf('/') + 1)),
                                row.value()))
                .toList();
    }

    /** The clusters that have a member of this name that is to stay. */
    List<String> clustersOf(String name) {
        return records.all(PoolMember.TABLE).stream()
                .map(Reads.Row::value)
                .filter(member -> member.name().equals(name))
                .map(PoolMember::cluster)
                .toList();
    }

    /** Where a host that the file names, or anybody, goes by this name. */
    Optional<String> clusterOfAny(String name) {
        return records.all(Place.TABLE).stream()
                .map(Reads.Row::value)
                .filter(place -> place.name().equals(name))
                .map(Place::cluster)
                .findFirst();
    }

    /** It is a worker now: nothing is owed any more. */
    void joined(Owed owed) {
        changes.make(
                change(owed, "pool.joined"),
                transaction -> {
                    transaction.remove(PoolJoin.TABLE, owed.join().cluster() + "/" + owed.host());
                    return owed;
                });
    }

    /** Writes how it stands with a member that has not joined, if it is one still. */
    void note(Owed owed, UnaryOperator<PoolJoin> how) {
        String id = owed.join().cluster() + "/" + owed.host();
        changes.make(
                change(owed, "pool.not-joined"),
                transaction -> {
                    transaction
                            .find(PoolJoin.TABLE, id)
                            .ifPresent(
                                    join -> transaction.put(PoolJoin.TABLE, id, how.apply(join)));
                    return owed;
                });
    }

    private static Change change(Owed owed, String method) {
        return new Change(
                Actor.controller(),
                method,
                "cluster/" + owed.join().cluster(),
                owed.join().name() + " " + owed.host());
    }

    /** Accepts the operation by which members join; an attempt is counted for each. */
    AcceptedClusters.Answer acceptJoining(OperationRecord operation, Instant now) {
        var change =
                new Change(
                        Actor.controller(),
                        "cluster.join",
                        "cluster/" + operation.cluster(),
                        String.join(" ", operation.consent().only()));
        return changes.make(
                change,
                transaction -> {
                    var answer = AcceptedClusters.begin(transaction, operation);
                    if (answer instanceof AcceptedClusters.Accepted) {
                        for (var row : transaction.below(PoolJoin.TABLE, operation.cluster())) {
                            if (operation.consent().only().contains(row.value().name())) {
                                transaction.put(
                                        PoolJoin.TABLE,
                                        row.id(),
                                        row.value().attempted(operation.id(), now));
                            }
                        }
                    }
                    return answer;
                });
    }

    /** Accepts the operation by which members leave; they are told to in the same moment. */
    AcceptedClusters.Answer acceptLeaving(
            Actor actor, OperationRecord operation, Set<String> names) {
        var change =
                new Change(
                        actor,
                        "davit.operator.v1.Clusters/RemoveHosts",
                        "cluster/" + operation.cluster(),
                        String.join(" ", names) + " " + operation.consent());
        return changes.make(
                change,
                transaction -> {
                    var answer = AcceptedClusters.begin(transaction, operation);
                    if (answer instanceof AcceptedClusters.Accepted) {
                        for (var member : PoolMember.of(transaction, operation.cluster())) {
                            if (names.contains(member.name())) {
                                transaction.put(PoolMember.TABLE, member.id(), member.goes());
                                transaction.remove(PoolJoin.TABLE, member.id());
                            }
                        }
                    }
                    return answer;
                });
    }
}
