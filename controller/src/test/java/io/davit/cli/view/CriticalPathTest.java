package io.davit.cli.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.cli.view.CriticalPath.Leg;
import io.davit.proto.operator.v1.OperationStep;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class CriticalPathTest {

    private static List<String> ahead(ScriptedOperation script, double seconds) {
        return new CriticalPath(script.steps(seconds))
                .ahead(ScriptedOperation.after(seconds)).stream().map(Steps::id).toList();
    }

    @Test
    void whatIsInHandOnTheLongestChainComesFirst() {
        var script = ScriptedOperation.small();
        assertThat(ahead(script, 1).getFirst()).isEqualTo("e1/etcd/etcd 3.5.16");
        assertThat(ahead(script, 10))
                .containsExactly(
                        "s1/control-plane/k3s",
                        "s1/control-plane/ping",
                        "w1/worker/k3s-agent",
                        "w1/worker/kubelet");
        assertThat(ahead(script, 60)).isEmpty();
    }

    @Test
    void aStepBehindOthersOnItsHostCountsThem() {
        var script =
                new ScriptedOperation()
                        .step("a", "etcd", "WriteFile", "one", 1)
                        .step("b", "etcd", "WriteFile", "one", 1)
                        .step("b", "etcd", "EnsureService", "two", 20);
        assertThat(ahead(script, 0.5)).containsExactly("b/etcd/one", "b/etcd/two");
    }

    @Test
    void whatItsLikeTookIsABetterGuessThanItsKind() {
        var script =
                new ScriptedOperation()
                        .step("a", "worker", "RunAction", "wipe", 60)
                        .step("b", "etcd", "WriteFile", "early", 61)
                        .step("b", "worker", "RunAction", "wipe", 60)
                        .step("c", "etcd", "WriteFile", "early", 61)
                        .step("c", "etcd", "EnsureService", "etcd", 2);
        // an action is guessed to be short, until one has been seen to take a minute
        assertThat(ahead(script, 30).getFirst()).isEqualTo("c/etcd/early");
        assertThat(ahead(script, 60.5)).containsExactly("b/etcd/early", "b/worker/wipe");
    }

    @Test
    void theWayThatWasGoneAddsUpToTheWholeTime() {
        var legs =
                new CriticalPath(ScriptedOperation.small().steps(100))
                        .behind(ScriptedOperation.START);
        assertThat(legs.stream().map(Leg::step).map(Steps::id))
                .containsExactly(
                        "e1/etcd/etcd 3.5.16",
                        "e1/etcd/etcd.config",
                        "/cluster/begun",
                        "e1/etcd/etcd",
                        "e1/etcd/health",
                        "s1/control-plane/k3s",
                        "s1/control-plane/ping",
                        "w1/worker/k3s-agent",
                        "w1/worker/kubelet");
        assertThat(legs.stream().map(Leg::added).reduce(Duration.ZERO, Duration::plus))
                .isEqualTo(Duration.ofMillis(49_300));
        assertThat(legs.get(5).added()).isEqualTo(Duration.ofSeconds(25));
    }

    @Test
    void anOperationWithoutStepsHasNoWay() {
        var none = new CriticalPath(List.<OperationStep>of());
        assertThat(none.ahead(ScriptedOperation.START)).isEmpty();
        assertThat(none.behind(ScriptedOperation.START)).isEmpty();
    }
}
