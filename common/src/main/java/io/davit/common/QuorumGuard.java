package io.davit.common;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * May this etcd member be stopped, restarted or removed? A pure function of what was measured for
 * this one decision.
 *
 * <ol>
 *   <li>V are the voting members; H ⊆ V are those that answered a linearizable read <em>on their
 *       own endpoint</em>, with a raft index at most {@value #MAX_LAG} behind the highest that can
 *       be true: what is committed stands on a quorum of V, so an index that fewer can have is one
 *       member's mistake and makes nobody else look lagging.
 *   <li>A member that did not answer may always be started, stopped or restarted: nothing gets
 *       worse. (Removing one still needs a quorum of those that stay.)
 *   <li>Else it is allowed if those of H that stay are a quorum of the membership <em>after</em>
 *       the action.
 *   <li>The only voter, and a member of a cluster that never had a quorum yet, go with downtime,
 *       which a person accepts.
 *   <li>Anything else is refused, and no flag turns that off.
 * </ol>
 *
 * What etcd itself checks is less: a member counts as started there once it has published its name,
 * and removing a member that is not connected is always allowed (etcd {@code
 * server/etcdserver/server.go}, strict reconfiguration check).
 */
public final class QuorumGuard {

    /** Entries a voter may be behind and still count. */
    public static final long MAX_LAG = 1_000;

    private QuorumGuard() {}

    /** What is about to happen to a member. */
    public enum Action {
        STOP,
        RESTART,
        REMOVE
    }

    /**
     * One member's own answer.
     *
     * @param id etcd's member id, hex
     * @param voter false for a learner
     * @param servedRead it answered a linearizable read on its own endpoint, for this decision
     * @param raftIndex its applied raft index; meaningless unless it served
     */
    public record Member(String id, boolean voter, boolean servedRead, long raftIndex) {}

    /** The guard's answer, with the reason for people. */
    public sealed interface Verdict {
        String why();
    }

    public record Allowed(String why) implements Verdict {}

    public record AllowedWithDowntime(String why) implements Verdict {}

    public record Refused(String why) implements Verdict {}

    /**
     * @param bootstrapping the cluster never had a quorum: its members are being started for the
     *     first time
     * @throws IllegalArgumentException if the same id stands twice in {@code members}
     */
    public static Verdict mayTouch(
            Action action, String id, Collection<Member> members, boolean bootstrapping) {
        var byId = byId(members);
        var touched = byId.get(id);
        if (touched == null) {
            return action == Action.REMOVE
                    ? new Refused("member " + id + " is not in the membership that was read")
                    : new Allowed("member " + id + " belongs to no cluster");
        }
        Set<String> serving = serving(members);
        boolean serves = touched.servedRead();
        if (!serves && action != Action.REMOVE) {
            return new Allowed("it serves nothing now");
        }
        if (bootstrapping) {
            return new AllowedWithDowntime("the cluster is being started for the first time");
        }
        int voters = (int) members.stream().filter(Member::voter).count();
        if (touched.voter() && voters == 1) {
            return action == Action.REMOVE
                    ? new Refused("it is the only voting member")
                    : new AllowedWithDowntime("it is the only voting member");
        }
        int votersAfter = action == Action.REMOVE && touched.voter() ? voters - 1 : voters;
        int needed = votersAfter / 2 + 1;
        int left = serving.size() - (serving.contains(id) ? 1 : 0);
        String count =
                left + " of " + votersAfter + " voters would serve, " + needed + " are needed";
        return left >= needed ? new Allowed(count) : new Refused(count);
    }

    private static Map<String, Member> byId(Collection<Member> members) {
        var byId = new TreeMap<String, Member>();
        for (Member member : members) {
            if (byId.put(member.id(), member) != null) {
                throw new IllegalArgumentException("member " + member.id() + " stands there twice");
            }
        }
        return byId;
    }

    /** Voters that serve and are not far behind. */
    private static Set<String> serving(Collection<Member> members) {
        List<Member> answered = members.stream().filter(m -> m.voter() && m.servedRead()).toList();
        long silent = members.stream().filter(m -> m.voter() && !m.servedRead()).count();
        long highest = committed(answered, silent);
        var serving = new java.util.TreeSet<String>();
        for (Member member : answered) {
            if (highest - member.raftIndex() <= MAX_LAG) {
                serving.add(member.id());
            }
        }
        return serving;
    }

    /** The highest index that a quorum can have, where those that did not answer may have any. */
    private static long committed(List<Member> answered, long silent) {
        long quorum = (answered.size() + silent) / 2 + 1;
        return answered.stream()
                .map(Member::raftIndex)
                .sorted(Comparator.reverseOrder())
                .skip(Math.max(0, quorum - silent - 1))
                .findFirst()
                .orElse(0L);
    }
}
