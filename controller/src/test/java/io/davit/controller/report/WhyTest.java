package io.davit.controller.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.davit.cli.view.WhyText;
import io.davit.controller.explain.KnownCauses;
import io.davit.proto.operator.v1.ClusterStatus;
import io.davit.proto.operator.v1.Finding;
import io.davit.proto.operator.v1.HostStatus;
import io.davit.proto.operator.v1.ProbeStatus;
import io.davit.proto.operator.v1.RoleStatus;
import io.davit.proto.operator.v1.WhyResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

class WhyTest {

    private static final Timestamp NOW = Timestamp.newBuilder().setSeconds(1_000).build();

    private final WhyMessages messages = new WhyMessages(KnownCauses.compiledIn());

    private static String text(Finding... findings) {
        return WhyText.of(
                WhyResponse.newBuilder()
                        .setSummary("host e1 of cluster small is connected, its roles are not ok")
                        .addAllFindings(List.of(findings))
                        .setNow(NOW)
                        .build());
    }

    @Test
    void aRoleThatIsNotOkIsToldWithProbeLogCauseAndRemedy() {
        var role =
                RoleStatus.newBuilder()
                        .setRole("etcd")
                        .setStanding("not ok")
                        .setDetail("health: exit code 1")
                        .addProbes(ProbeStatus.newBuilder().setProbe("health"))
                        .setSince(Timestamp.newBuilder().setSeconds(930))
                        .build();
        var finding =
                messages.role(
                        HostStatus.newBuilder().setName("e1").build(),
                        role,
                        List.of("started", "write: no space left on device"));
        assertThat(finding.getProbe()).isEqualTo("health");
        assertThat(text(finding))
                .isEqualTo(
                        """
                        host e1 of cluster small is connected, its roles are not ok

                        e1 etcd: etcd is not ok, since 70s
                          health: exit code 1
                          | started
                          | write: no space left on device
                          cause: a file system is full
                          → davit status shows the free space; make room or enlarge it \
                        (docs/alerts.md#davitdisknearlyfull), services come back by themselves
                        """);
    }

    @Test
    void aProblemBelongsToTheHostThatItNames() {
        var status =
                ClusterStatus.newBuilder()
                        .addHosts(HostStatus.newBuilder().setName("w1"))
                        .addHosts(HostStatus.newBuilder().setName("w10"))
                        .build();
        assertThat(
                        messages.problem("/var/lib/rancher of w10 has 5 MiB left of 100", status)
                                .getHost())
                .isEqualTo("w10");
        assertThat(messages.problem("no host has the virtual IP 198.18.0.100", status).getHost())
                .isEmpty();
    }

    @Test
    void whereNothingIsWrongThatIsSaid() {
        assertThat(text()).endsWith("nothing waits, and nothing is wrong\n");
    }
}
