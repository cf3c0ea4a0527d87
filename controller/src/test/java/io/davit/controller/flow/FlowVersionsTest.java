package io.davit.controller.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.davit.controller.audit.Actor;
import io.davit.controller.audit.AuditRow;
import io.davit.controller.spec.Problem;
import io.davit.controller.spec.VersionNotes;
import io.davit.controller.store.Table;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clusters whose specs leave their versions to Davit, while channels move. */
@Timeout(120)
class FlowVersionsTest {

    private final FlowBench bench = new FlowBench();

    FlowVersionsTest() throws IOException {}

    @BeforeEach
    void publish() {
        bench.server.channel("stable", "v1.34.1+k3s1");
        bench.server.releases("v1.34.2+k3s1", "v1.34.1+k3s1", "v1.33.5+k3s1");
    }

    @AfterEach
    void stop() {
        bench.close();
    }

    private void theChannelMoves() {
        bench.server.channel("stable", "v1.34.2+k3s1");
        bench.clock.advance(Duration.ofHours(2));
    }

    private String versions(Flow.Planned planned) {
        return planned.spec().k3sVersion() + " and etcd " + planned.spec().etcdVersion();
    }

    private List<AuditRow> audited(String method) {
        return bench.records.all(new Table<>("audit", AuditRow.class)).stream()
                .map(row -> row.value())
                .filter(row -> row.method().equals(method))
                .toList();
    }

    private void idle() {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> bench.clusters.running("small").isEmpty());
    }

    @Test
    void theFirstPlanChoosesTheNewestStableOnceAndSaysSo() throws Exception {
        var planned = bench.planned(FlowBench.BARE);
        assertThat(versions(planned)).isEqualTo("v1.34.1+k3s1 and etcd 3.6.14");
        assertThat(planned.notes())
                .isEqualTo(
                        new VersionNotes(
                                "newest stable on 2026-11-23", "goes with K3s v1.34", List.of()));
        bench.planned(FlowBench.BARE);
        assertThat(audited("davit.operator.v1.Clusters/Plan"))
                .singleElement()
                .satisfies(row -> assertThat(row.target()).isEqualTo("cluster/small"));
    }

    @Test
    void applyDoesWhatThePlanShowedAlthoughTheChannelMovedBetween() throws Exception {
        var seen = bench.planned(FlowBench.BARE);
        theChannelMoves();
        assertThat(bench.apply(FlowBench.BARE, seen)).isInstanceOf(Flow.Started.class);
        assertThat(bench.clusters.load("small").spec().cluster().k3sVersion().toString())
                .isEqualTo("v1.34.1+k3s1");
        idle();
    }

    @Test
    void aMovedChannelChangesNoAcceptedCluster() throws Exception {
        bench.apply(FlowBench.BARE, bench.planned(FlowBench.BARE));
        idle();
        theChannelMoves();
        bench.clock.advance(Duration.ofDays(400));
        var again = bench.planned(FlowBench.BARE);
        assertThat(versions(again)).isEqualTo("v1.34.1+k3s1 and etcd 3.6.14");
        assertThat(again.changes()).isEmpty();
        assertThat(again.notes().k3s()).isEqualTo("kept since the cluster was accepted");
        String named =
                FlowBench.BARE.replace("  network:", "  k3s: {version: v1.34.1+k3s1}\n  network:");
        assertThat(bench.planned(named).changes()).as("written down, it is the same").isEmpty();
    }

    @Test
    void aFileThatStopsNamingItsVersionsKeepsThem() throws Exception {
        String named =
                FlowBench.BARE.replace(
                        "  network:",
                        "  k3s: {version: v1.33.5+k3s1}\n  etcd: {version: 3.5.16}\n  network:");
        var first = bench.planned(named);
        assertThat(first.notes().warnings()).singleElement().asString().contains("3.5.33");
        bench.apply(named, first);
        idle();
        var bare = bench.planned(FlowBench.BARE);
        assertThat(versions(bare)).isEqualTo("v1.33.5+k3s1 and etcd 3.5.16");
        assertThat(bare.changes()).isEmpty();
    }

    @Test
    void aPlanOfLastMonthBindsNobody() throws Exception {
        bench.planned(FlowBench.BARE);
        theChannelMoves();
        assertThat(versions(bench.planned(FlowBench.BARE))).startsWith("v1.34.1+k3s1");
        bench.clock.advance(Duration.ofDays(8));
        assertThat(versions(bench.planned(FlowBench.BARE))).startsWith("v1.34.2+k3s1");
    }

    @Test
    void aPlanOfSomebodyWhoMayOnlyLookKeepsNothingAndShowsTheSame() throws Exception {
        var viewer = new Actor("operator/vic", "viewer", "198.18.0.1");
        var seen = (Flow.Planned) bench.planAs(viewer, FlowBench.BARE);
        assertThat(bench.records.all(VersionDocuments.CHOSEN)).isEmpty();
        assertThat(audited("davit.operator.v1.Clusters/Plan")).isEmpty();
        assertThat(versions(seen)).isEqualTo("v1.34.1+k3s1 and etcd 3.6.14");

        bench.planned(FlowBench.BARE);
        theChannelMoves();
        assertThat(versions((Flow.Planned) bench.planAs(viewer, FlowBench.BARE)))
                .as("what a maintainer's plan chose")
                .isEqualTo("v1.34.1+k3s1 and etcd 3.6.14");
    }

    @Test
    void aControllerThatOnlyLooksKeepsNothingOfAnybodysPlan() throws Exception {
        try (var adopting = new FlowBench(true)) {
            adopting.server.channel("stable", "v1.34.1+k3s1");
            adopting.server.releases("v1.34.1+k3s1");
            var seen = adopting.planned(FlowBench.BARE);
            assertThat(versions(seen)).isEqualTo("v1.34.1+k3s1 and etcd 3.6.14");
            assertThat(adopting.records.all(VersionDocuments.CHOSEN)).isEmpty();
        }
    }

    @Test
    void anotherK3sBeforeAcceptanceGetsItsOwnEtcd() throws Exception {
        bench.planned(FlowBench.BARE);
        String other =
                FlowBench.BARE.replace("  network:", "  k3s: {version: v1.30.4+k3s1}\n  network:");
        bench.server.releases("v1.34.1+k3s1", "v1.30.4+k3s1");
        bench.clock.advance(Duration.ofHours(2));
        assertThat(versions(bench.planned(other))).isEqualTo("v1.30.4+k3s1 and etcd 3.5.33");
    }

    @Test
    void whatCannotBeChosenIsAProblemAndNothingIsKept() throws Exception {
        bench.server.broken(true);
        var invalid = (Flow.Invalid) bench.plan(FlowBench.BARE);
        assertThat(invalid.problems())
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.path()).isEqualTo("k3s.version");
                    assertThat(problem.message()).contains("/channels answered 503");
                    assertThat(problem.remedy()).isEqualTo("write a version");
                });
        String typo = FlowBench.BARE.replace("roles: [worker]}", "roles: [worke]}");
        bench.server.broken(false);
        bench.clock.advance(Duration.ofMinutes(2));
        assertThat(bench.plan(typo)).isInstanceOf(Flow.Invalid.class);
        assertThat(bench.records.all(VersionDocuments.CHOSEN)).isEmpty();
    }

    @Test
    void anUnpublishedVersionIsRefusedWithTheNearestOnes() throws Exception {
        String typo =
                FlowBench.BARE.replace("  network:", "  k3s: {version: v1.34.12+k3s1}\n  network:");
        assertThat(((Flow.Invalid) bench.plan(typo)).problems())
                .singleElement()
                .extracting(Problem::code, Problem::remedy)
                .containsExactly(
                        "unknown-k3s-version",
                        "nearest are v1.34.2+k3s1, v1.34.1+k3s1, v1.33.5+k3s1; davit versions lists"
                                + " more");
    }
}
