package io.davit.controller.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.controller.Bench;
import io.davit.controller.Specs;
import io.davit.controller.plan.AgentWork.AwaitHealthy;
import io.davit.controller.plan.ControllerWork.AwaitProbe;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Without a CNI no node gets Ready: a bring-up ends when nodes are registered and the API is ready.
 */
class WithoutCniTest {

    private static final String MANY =
            Specs.SMALL
                    .replace("cni: flannel", "cni: none")
                    .replace("    flannelBackend: vxlan\n", "");

    private static List<String> awaited(String spec) {
        var bench = new Bench(Specs.read(spec), 1);
        return bench.plan().steps().stream()
                .flatMap(step ->
                        switch (step.work()) {
                            case AwaitHealthy await ->
                                    await.probes().stream().map(ProbeCall::probe);
                            case AwaitProbe await -> Stream.of(await.probe().probe());
                            default -> Stream.<String>of();
                        })
                .toList();
    }

    @Test
    void noStepWaitsForAReadyNodeWhateverTheRoles() {
        for (String hosts :
                List.of(
                        "[{name: a, address: 198.18.0.11, roles: [etcd, control-plane, worker]}]",
                        "[{name: a, address: 198.18.0.11, roles: [etcd, control-plane]}, {name: b,"
                                + " address: 198.18.0.12, roles: [worker]}]")) {
            String spec = MANY.replaceAll("(?s)  hosts:.*", "") + "  hosts: " + hosts + "\n";
            assertThat(awaited(spec))
                    .as(hosts)
                    .contains("ping", "node-registered")
                    .doesNotContain("node-ready");
        }
        assertThat(awaited(MANY)).contains("node-registered").doesNotContain("node-ready");
        assertThat(awaited(Specs.SMALL)).contains("node-ready").doesNotContain("node-registered");
    }
}
