package io.davit.cli.view;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.davit.proto.operator.v1.BindingView;
import io.davit.proto.operator.v1.Blocker;
import io.davit.proto.operator.v1.Plan;
import io.davit.proto.operator.v1.PlannedStep;
import io.davit.proto.operator.v1.Problem;
import io.davit.proto.operator.v1.VersionsResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

class ViewsTest {

    private static PlannedStep.Builder step(
            String host, String role, String kind, String what, String effect) {
        return PlannedStep.newBuilder()
                .setId(host + "/" + role + "/" + what)
                .setHost(host)
                .setRole(role)
                .setKind(kind)
                .setWhat(what)
                .setReason("not there")
                .setEffect(effect);
    }

    @Test
    void anEmptyPlanSaysSo() {
        assertThat(PlanText.of(Plan.newBuilder().setCluster("small").setGeneration(2).build()))
                .isEqualTo(
                        "Cluster small, generation 2\n"
                                + "Nothing to do: everything is as the spec wants it.\n");
    }

    @Test
    void aPlanTellsWhereItsVersionsComeFrom() {
        var plan =
                Plan.newBuilder()
                        .setCluster("small")
                        .setGeneration(1)
                        .setK3SVersion("v1.34.1+k3s1")
                        .setK3SVersionNote("newest stable on 2026-11-23")
                        .setEtcdVersion("3.5.16");
        assertThat(PlanText.of(plan.build()).lines().skip(1).findFirst())
                .contains("k3s v1.34.1+k3s1 (newest stable on 2026-11-23), etcd 3.5.16");
    }

    @Test
    void versionsTellTheirSourcesAndAges() {
        var answer =
                VersionsResponse.newBuilder().setNow(Timestamp.newBuilder().setSeconds(10_000));
        answer.addChannelsBuilder()
                .setName("stable")
                .setK3SVersion("v1.34.1+k3s1")
                .setEtcdVersion("3.6.14");
        answer.addChannelsBuilder().setName("v1.34").setK3SVersion("v1.34.1+k3s1");
        answer.addMinorsBuilder().setMinor("v1.34").setNewest("v1.34.1+k3s1").setReleases(2);
        answer.addSourcesBuilder()
                .setKind("channel server")
                .setPlace("https://c.example.test")
                .setAnsweredAt(Timestamp.newBuilder().setSeconds(8_200));
        answer.addSourcesBuilder()
                .setKind("list of releases")
                .setPlace("https://r.example.test")
                .setAnsweredAt(Timestamp.newBuilder().setSeconds(400))
                .setFailure("https://r.example.test answered 503");
        assertThat(VersionsText.of(answer.build()))
                .isEqualTo(
                        """
                        CHANNEL  K3S           ETCD
                        stable   v1.34.1+k3s1  3.6.14

                        MINOR  NEWEST        ETCD  RELEASES
                        v1.34  v1.34.1+k3s1  -     2

                        from the channel server https://c.example.test, asked 30m ago
                        ! not from the list of releases https://r.example.test now: \
                        https://r.example.test answered 503; last asked 2h ago
                        """);
        assertThat(VersionsText.of(VersionsResponse.getDefaultInstance()))
                .startsWith("nobody tells versions");
    }

    @Test
    void aPlanTellsHostsDiffsBlockersAndCounts() {
        var plan =
                Plan.newBuilder()
                        .setCluster("small")
                        .setGeneration(1)
                        .addNewBindings(
                                BindingView.newBuilder()
                                        .setHost("e1")
                                        .setAddress("198.18.0.11")
                                        .setHostId("ab")
                                        .setFingerprintWords("lusab babad"))
                        .addSteps(
                                step("e1", "etcd", "WriteFile", "etcd.config", "change")
                                        .setDiff("-a\n+b"))
                        .addSteps(
                                step("e1", "etcd", "EnsureService", "etcd", "restart")
                                        .setDowntime("etcd is away"))
                        .addBlockers(
                                Blocker.newBuilder()
                                        .setHost("e2")
                                        .setRole("etcd")
                                        .setCause("port 2379 is taken")
                                        .setRemedy("free it"))
                        .build();
        assertThat(PlanText.of(plan))
                .isEqualTo(
                        """
                        Cluster small, generation 1

                        New bindings (compare the words with `davit-agent fingerprint` on the host)
                          e1  198.18.0.11  ab  lusab babad

                        e1
                          ~ etcd: write etcd.config  (not there)
                              | -a
                              | +b
                          ! etcd: restart etcd  (not there)
                              downtime: etcd is away

                        Apply would refuse:
                          e2 etcd: port 2379 is taken
                            → free it

                        2 steps on 1 host: 0 starts, 1 restart.
                        """);
    }

    @Test
    void aProblemNamesItsPlace() {
        var problem =
                Problem.newBuilder()
                        .setFile("cluster.yaml")
                        .setLine(14)
                        .setColumn(12)
                        .setPath("hosts[2].roles[0]")
                        .setMessage("unknown role \"worke\"; did you mean \"worker\"?");
        assertThat(PlanText.problems(List.of(problem.build())))
                .isEqualTo(
                        "cluster.yaml:14:12  hosts[2].roles[0]: unknown role \"worke\"; did you"
                                + " mean \"worker\"?\n");
    }

    @Test
    void whatAHostSaysCannotMoveTheCursor() {
        assertThat(SafeText.of("v1\u001b[2Jx\u0007\n→ ok\u202e"))
                .isEqualTo("v1\\u001b[2Jx\\u0007\n→ ok\\u202e");
    }
}
