package io.davit.controller.execute;

import io.davit.common.HostId;
import io.davit.controller.agentlink.Agents;
import io.davit.controller.agentlink.CheckResult;
import io.davit.controller.agentlink.Command;
import io.davit.controller.agentlink.HostAwayException;
import io.davit.controller.plan.AgentWork;
import io.davit.controller.plan.AgentWork.WriteFile;
import io.davit.controller.plan.Content;
import io.davit.controller.plan.Material;
import io.davit.controller.plan.Plan;
import io.davit.controller.plan.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Asks the agents to check a plan: what each step would change, with diffs. It adds exactness to a
 * plan and never decides whether to act. Of a secret file only its digest is sent.
 */
public final class PlanChecks {

    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final Agents agents;
    private final MaterialSource material;
    private final CommandMaker commands;

    public PlanChecks(Agents agents, MaterialSource material, SecretResolver secrets) {
        this.agents = agents;
        this.material = material;
        this.commands = new CommandMaker(material, secrets);
    }

    /** Results by step id, for all steps of agents. */
    public Map<String, CheckResult> check(Plan plan) throws InterruptedException {
        var results = new HashMap<String, CheckResult>();
        var byHost = new LinkedHashMap<HostId, List<Command>>();
        for (Step step : plan.steps()) {
            if (step.work() instanceof AgentWork work && step.hostId().isPresent()) {
                var command = command(plan.cluster(), step, work);
                if (command.isPresent()) {
                    byHost.computeIfAbsent(step.hostId().get(), _ -> new ArrayList<>())
                            .add(command.get());
                } else {
                    results.put(
                            step.id(),
                            new CheckResult.CannotTell(
                                    step.id(), String.join(", ", step.knownAfter()), ""));
                }
            }
        }
        var asked = new ArrayList<Future<List<CheckResult>>>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            byHost.forEach((host, list) -> asked.add(threads.submit(() -> ask(host, list))));
            for (Future<List<CheckResult>> answer : asked) {
                answer.get().forEach(result -> results.put(result.stepId(), result));
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot check the plan: " + e.getCause(), e);
        }
        return results;
    }

    private List<CheckResult> ask(HostId host, List<Command> list) throws InterruptedException {
        try {
            return agents.check(host, list, DEADLINE);
        } catch (HostAwayException e) {
            return list.stream()
                    .<CheckResult>map(c ->
                            new CheckResult.CannotTell(
                                    c.stepId(), String.valueOf(e.getMessage()), ""))
                    .toList();
        }
    }

    /** Empty when the step refers to what does not exist yet. */
    private Optional<Command> command(String cluster, Step step, AgentWork work) {
        if (!step.knownAfter().isEmpty()) {
            return Optional.empty();
        }
        if (work instanceof WriteFile write && write.secret()) {
            return step.hostId()
                    .flatMap(host -> digest(cluster, host, write))
                    .map(digest -> withBody(step, work, new Command.DigestOnly(digest)));
        }
        return Optional.of(commands.command(cluster, step, work, 1));
    }

    private Optional<String> digest(String cluster, HostId host, WriteFile write) {
        Content content = write.content();
        return material.material(cluster)
                .digests(host, write.slot(), true, content)
                .map(Material.SlotDigests::digest);
    }

    private static Command withBody(Step step, AgentWork work, Command.Body body) {
        return new Command(
                step.id(),
                1,
                step.role(),
                step.reason().toString(),
                step.deadline(),
                work,
                Optional.of(body));
    }
}
