package io.davit.controller.execute;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.controller.agentlink.ProbeReading;
import io.davit.controller.execute.SnapshotSource.Answer;
import io.davit.controller.execute.SnapshotSource.Chosen;
import io.davit.controller.execute.SnapshotSource.Nobody;
import io.davit.controller.execute.SnapshotSource.Silent;
import io.davit.controller.execute.SnapshotSource.Told;
import io.davit.controller.plan.Blocker;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SnapshotSourceTest {

    private static Answer member(String id, long index, String... more) {
        var details = new TreeMap<String, String>();
        details.putAll(
                Map.of(
                        "member-id", id,
                        "leader-id", "1",
                        "learner", "false",
                        "served-read", "true",
                        "raft-index", "" + index,
                        "db-size", "20480"));
        for (int i = 0; i < more.length; i += 2) {
            details.put(more[i], more[i + 1]);
        }
        return new Told(new ProbeReading("etcd", "member", true, "", details));
    }

    private static SnapshotSource.Choice of(Answer e1, Answer e2, Answer e3) {
        return SnapshotSource.of(new TreeMap<>(Map.of("e1", e1, "e2", e2, "e3", e3)));
    }

    @Test
    void aFollowerGoesBeforeTheLeader() {
        assertThat(of(member("1", 100), member("2", 100), member("3", 100)))
                .isEqualTo(new Chosen("e2", 20480));
    }

    @Test
    void theLeaderGivesItWhereNobodyElseCan() {
        assertThat(
                        of(
                                member("1", 100),
                                new Silent("it is away"),
                                member("3", 100, "served-read", "false")))
                .isEqualTo(new Chosen("e1", 20480));
    }

    @Test
    void neitherALearnerNorOneThatLagsGivesIt() {
        assertThat(of(member("1", 5000), member("2", 5000, "learner", "true"), member("3", 3999)))
                .isEqualTo(new Chosen("e1", 20480));
    }

    @Test
    void oneMembersMistakeMakesNobodyElseLook() {
        assertThat(of(member("1", 100), member("2", 99), member("3", 1_000_000_000)))
                .isEqualTo(new Chosen("e2", 20480));
    }

    @Test
    void whereNobodyCanEachSaysWhy() {
        var choice =
                of(
                        new Silent("it is away"),
                        new Told(
                                new ProbeReading(
                                        "etcd", "member", false, "connection refused", Map.of())),
                        member("3", 1, "served-read", "false"));

        assertThat(((Nobody) choice).why())
                .extracting(Blocker::host, Blocker::cause)
                .containsExactly(
                        org.assertj.core.api.Assertions.tuple("e1", "it is away"),
                        org.assertj.core.api.Assertions.tuple(
                                "e2", "its member does not answer: connection refused"),
                        org.assertj.core.api.Assertions.tuple(
                                "e3", "its member answers no linearizable read"));
    }
}
