package io.davit.cli.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.proto.operator.v1.BindingView;
import io.davit.proto.operator.v1.Blocker;
import io.davit.proto.operator.v1.Plan;
import io.davit.proto.operator.v1.PlannedStep;
import io.davit.proto.operator.v1.Problem;
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
