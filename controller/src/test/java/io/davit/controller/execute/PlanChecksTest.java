package io.davit.controller.execute;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.common.HostId;
import io.davit.controller.Bench;
import io.davit.controller.Specs;
import io.davit.controller.agentlink.CheckResult;
import io.davit.controller.agentlink.CheckResult.CannotTell;
import io.davit.controller.agentlink.Command;
import io.davit.controller.agentlink.HostAwayException;
import io.davit.controller.plan.AgentWork;
import io.davit.controller.plan.AgentWork.WriteFile;
import io.davit.controller.plan.Plan;
import io.davit.controller.plan.Step;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

class PlanChecksTest {

    private final Bench bench = new Bench(Specs.small(), 1);
    private final Map<HostId, List<Command>> asked = new ConcurrentHashMap<>();
    private final Set<HostId> away = ConcurrentHashMap.newKeySet();

    private Map<String, CheckResult> check(Plan plan) throws InterruptedException {
        return new PlanChecks(new Checking(), bench.material, bench.material).check(plan);
    }

    @Test
    void everyStepOfAnAgentHasAResultAndEachHostIsAskedOnceInThePlansOrder()
            throws InterruptedException {
        bench.material.make("small");
        var plan = bench.plan();

        var results = check(plan);

        assertThat(results.keySet())
                .containsExactlyInAnyOrderElementsOf(
                        plan.steps().stream()
                                .filter(s -> s.work() instanceof AgentWork)
                                .map(Step::id)
                                .toList());
        assertThat(asked.get(bench.id("w1")))
                .extracting(Command::stepId)
                .containsExactlyElementsOf(
                        plan.steps().stream()
                                .filter(s -> s.hostId().equals(Optional.of(bench.id("w1"))))
                                .filter(s -> s.work() instanceof AgentWork)
                                .map(Step::id)
                                .toList());
    }

    @Test
    void whatIsKnownOnlyLaterIsNotAskedAndSaysAfterWhat() throws InterruptedException {
        var results = check(bench.plan());

        assertThat(results.get("w1/worker/file.worker.token"))
                .isEqualTo(
                        new CannotTell(
                                "w1/worker/file.worker.token",
                                "content (known after cluster/material)",
                                ""));
        assertThat(asked.get(bench.id("w1")))
                .extracting(Command::stepId)
                .doesNotContain("w1/worker/file.worker.token");
    }

    @Test
    void ofASecretFileOnlyItsDigestIsSent() throws InterruptedException {
        bench.material.make("small");

        check(bench.plan());

        var secrets =
                asked.values().stream()
                        .flatMap(List::stream)
                        .filter(c -> c.work() instanceof WriteFile write && write.secret())
                        .toList();
        assertThat(secrets).isNotEmpty();
        assertThat(secrets)
                .allSatisfy(c -> assertThat(c.body()).containsInstanceOf(Command.DigestOnly.class));
    }

    @Test
    void aHostThatIsAwayCannotTellAndTheOthersCan() throws InterruptedException {
        bench.material.make("small");
        away.add(bench.id("w1"));

        var results = check(bench.plan());

        assertThat(results.get("w1/worker/prepare")).isInstanceOf(CannotTell.class);
        assertThat(results.get("w2/worker/prepare")).isInstanceOf(CheckResult.Unchanged.class);
    }

    private final class Checking extends AwayAgents {

        @Override
        public List<CheckResult> check(HostId host, List<Command> commands, Duration deadline)
                throws HostAwayException {
            if (away.contains(host)) {
                throw new HostAwayException(host, "no session");
            }
            assertThat(asked.put(host, commands)).isNull();
            return commands.stream()
                    .<CheckResult>map(c -> new CheckResult.Unchanged(c.stepId()))
                    .toList();
        }
    }
}
