package io.davit.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.davit.common.QuorumGuard.Action;
import io.davit.common.QuorumGuard.Allowed;
import io.davit.common.QuorumGuard.AllowedWithDowntime;
import io.davit.common.QuorumGuard.Member;
import io.davit.common.QuorumGuard.Refused;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuorumGuardTest {

    /**
     * Every membership of 1 to 7 members, each a voter or learner, serving or not, near or far
     * behind; every member; every action; bootstrapping or not. The model plays the action through
     * on a set of members and asks whether a cluster that could commit before still can.
     */
    @Test
    void agreesWithBruteForceForOneToSevenMembers() {
        long cases = 0;
        for (int size = 1; size <= 7; size++) {
            int kinds = 6; // voter|learner × dead|serving|lagging
            for (int world = 0; world < Math.pow(kinds, size); world++) {
                var members = members(world, size, kinds);
                for (var action : Action.values()) {
                    for (var member : members) {
                        for (boolean bootstrapping : new boolean[] {false, true}) {
                            cases++;
                            var verdict =
                                    QuorumGuard.mayTouch(
                                            action, member.id(), members, bootstrapping);
                            if (verdict.getClass()
                                    != model(action, member, members, bootstrapping)) {
                                fail(
                                        "%s %s of %s, bootstrapping %s: %s",
                                        action, member, members, bootstrapping, verdict);
                            }
                        }
                    }
                }
            }
        }
        System.out.println("quorum guard: " + cases + " cases agree with the model");
    }

    private static List<Member> members(int world, int size, int kinds) {
        var members = new ArrayList<Member>();
        for (int i = 0; i < size; i++, world /= kinds) {
            int kind = world % kinds;
            boolean voter = kind < 3;
            boolean serves = kind % 3 != 0;
            long index = kind % 3 == 2 ? 10 : 5_000;
            members.add(new Member("m" + i, voter, serves, index));
        }
        return members;
    }

    /** Written another way than the guard: it makes the world after the action and counts there. */
    private static Class<?> model(
            Action action, Member touched, List<Member> members, boolean bootstrapping) {
        long top = -1;
        for (var claim : members) {
            // what is committed stands on a majority: those who said so, or did not answer
            int mayHaveIt = 0;
            int voters = 0;
            for (var m : members) {
                voters += m.voter() ? 1 : 0;
                mayHaveIt +=
                        m.voter() && (!m.servedRead() || m.raftIndex() >= claim.raftIndex())
                                ? 1
                                : 0;
            }
            boolean counts = claim.voter() && claim.servedRead() && 2 * mayHaveIt > voters;
            if (counts && claim.raftIndex() > top) {
                top = claim.raftIndex();
            }
        }
        boolean useful = touched.servedRead();
        if (action != Action.REMOVE && !useful) {
            return Allowed.class;
        }
        if (bootstrapping) {
            return AllowedWithDowntime.class;
        }
        int votersBefore = 0;
        int votersAfter = 0;
        int workingAfter = 0;
        for (var m : members) {
            if (!m.voter()) {
                continue;
            }
            votersBefore++;
            boolean gone = m.equals(touched);
            if (!(gone && action == Action.REMOVE)) {
                votersAfter++;
            }
            if (!gone && m.servedRead() && top - m.raftIndex() <= 1_000) {
                workingAfter++;
            }
        }
        if (touched.voter() && votersBefore == 1) {
            return action == Action.REMOVE ? Refused.class : AllowedWithDowntime.class;
        }
        return 2 * workingAfter > votersAfter ? Allowed.class : Refused.class;
    }

    @Test
    void aStoppedFollowerMayBeStartedWhileQuorumIsLost() {
        var members =
                List.of(
                        new Member("a", true, true, 100),
                        new Member("b", true, false, 0),
                        new Member("c", true, false, 0));
        assertThat(QuorumGuard.mayTouch(Action.RESTART, "b", members, false))
                .isInstanceOf(Allowed.class);
        assertThat(QuorumGuard.mayTouch(Action.RESTART, "a", members, false))
                .isInstanceOf(Refused.class);
    }

    @Test
    void theSecondOfThreeIsRefusedWhileOneIsDown() {
        var members =
                List.of(
                        new Member("a", true, true, 100),
                        new Member("b", true, true, 100),
                        new Member("c", true, false, 0));
        var verdict = QuorumGuard.mayTouch(Action.STOP, "a", members, false);
        assertThat(verdict).isEqualTo(new Refused("1 of 3 voters would serve, 2 are needed"));
    }

    @Test
    void oneWildIndexMakesNobodyElseLookLagging() {
        var members =
                List.of(
                        new Member("a", true, true, 900_000_000_000_000_000L),
                        new Member("b", true, true, 100),
                        new Member("c", true, true, 100),
                        new Member("d", true, true, 100),
                        new Member("e", true, false, 0));
        assertThat(QuorumGuard.mayTouch(Action.RESTART, "b", members, false))
                .isEqualTo(new Allowed("3 of 5 voters would serve, 3 are needed"));
    }

    @Test
    void aServingMemberThatLagsIsNotTakenForDead() {
        var members =
                List.of(
                        new Member("a", true, true, 10_000),
                        new Member("b", true, true, 8_900),
                        new Member("c", true, false, 0));
        assertThat(QuorumGuard.mayTouch(Action.RESTART, "b", members, false))
                .isInstanceOf(Refused.class);
    }
}
