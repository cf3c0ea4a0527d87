package io.davit.controller.report;

import io.davit.common.HostId;
import io.davit.controller.agentlink.CheckResult;
import io.davit.controller.plan.AgentWork;
import io.davit.controller.plan.Effect;
import io.davit.controller.plan.Step;
import io.davit.controller.spec.ClusterSpec;
import io.davit.controller.spec.FieldChange;
import io.davit.controller.spec.VersionNotes;
import io.davit.proto.operator.v1.BindingView;
import io.davit.proto.operator.v1.Blocker;
import io.davit.proto.operator.v1.Plan;
import io.davit.proto.operator.v1.PlannedStep;
import io.davit.proto.operator.v1.Problem;
import io.davit.proto.operator.v1.Removal;
import java.util.List;
import java.util.Map;

/** Plans and problems as messages. */
public final class PlanMessages {

    private PlanMessages() {}

    /**
     * @param checks the agents' answers by step id; steps without one are told without
     * @param changes of the spec against the accepted generation
     */
    public static Plan plan(
            io.davit.controller.plan.Plan plan,
            Map<String, CheckResult> checks,
            List<FieldChange> changes) {
        var message =
                Plan.newBuilder()
                        .setCluster(plan.cluster())
                        .setGeneration(plan.generation())
                        .setDigest(plan.digest())
                        .addAllWarnings(plan.warnings())
                        .addAllAway(plan.away());
        plan.steps().forEach(step -> message.addSteps(step(step, checks)));
        plan.blockers().forEach(blocker -> message.addBlockers(blocker(blocker)));
        plan.postponed().forEach(blocker -> message.addBlockers(blocker(blocker)));
        plan.newBindings()
                .forEach(binding ->
                        message.addNewBindings(
                                BindingView.newBuilder()
                                        .setHost(binding.host())
                                        .setHostId(binding.hostId().value())
                                        .setFingerprintWords(binding.fingerprintWords())
                                        .setAddress(binding.address())));
        plan.removals()
                .forEach(removal ->
                        message.addRemovals(
                                Removal.newBuilder()
                                        .setHost(removal.host())
                                        .setHostId(removal.hostId().value())
                                        .addAllRoles(removal.roles())
                                        .setNodeUid(removal.nodeUid())
                                        .setUnreachable(removal.unreachable())));
        changes.forEach(change ->
                message.addChangesBuilder()
                        .setPath(change.path())
                        .setOldValue(change.oldValue())
                        .setNewValue(change.newValue()));
        return message.build();
    }

    /**
     * The same with the versions that it is of.
     *
     * @param notes where they come from, and what a person should know of them
     */
    public static Plan plan(
            io.davit.controller.plan.Plan plan,
            Map<String, CheckResult> checks,
            List<FieldChange> changes,
            ClusterSpec spec,
            VersionNotes notes) {
        return plan(plan, checks, changes).toBuilder()
                .addAllWarnings(notes.warnings())
                .setK3SVersion(spec.k3sVersion().toString())
                .setK3SVersionNote(notes.k3s())
                .setEtcdVersion(spec.etcdVersion().toString())
                .setEtcdVersionNote(notes.etcd())
                .build();
    }

    /** A step with what its agent's CHECK said, if it said something. */
    public static PlannedStep step(Step step, Map<String, CheckResult> checks) {
        var message =
                PlannedStep.newBuilder()
                        .setId(step.id())
                        .setHost(step.host())
                        .setHostId(step.hostId().map(HostId::value).orElse(""))
                        .setRole(step.role())
                        .setKind(step.work().kind())
                        .setWhat(step.work().what())
                        .setReason(step.reason().toString())
                        .addAllDependsOn(step.dependsOn())
                        .setEffect(effect(step))
                        .setDowntime(step.downtime())
                        .addAllKnownAfter(step.knownAfter())
                        .setFaultTolerance(step.faultTolerance());
        var check = checks.get(step.id());
        if (check != null) {
            switch (check) {
                case CheckResult.Unchanged unchanged ->
                        message.setCheck(
                                step.work() instanceof AgentWork.AwaitHealthy
                                        ? "holds now"
                                        : "the host says that this is so already: stale, plan"
                                                + " again");
                case CheckResult.WouldChange change ->
                        message.setCheck(change.change())
                                .setDiff(change.diff())
                                .addAllKnownAfter(change.deferred());
                case CheckResult.CannotTell cannot
                        when !step.knownAfter().isEmpty() -> {} // it says so itself
                case CheckResult.CannotTell cannot ->
                        message.setCheck(
                                "cannot tell: "
                                        + cannot.why()
                                        + (cannot.remedy().isEmpty()
                                                ? ""
                                                : " → " + cannot.remedy()));
            }
        }
        return message.build();
    }

    /** A file that is replaced is shown as a change, although no service notices by itself. */
    private static String effect(Step step) {
        boolean replaces =
                step.work() instanceof AgentWork.WriteFile write
                        && !write.previousDigest().isEmpty();
        return replaces && step.effect() == Effect.NONE ? "change" : step.effect().text();
    }

    public static Blocker blocker(io.davit.controller.plan.Blocker blocker) {
        return Blocker.newBuilder()
                .setHost(blocker.host())
                .setRole(blocker.role())
                .setStep(blocker.step())
                .setCause(blocker.cause())
                .setRemedy(blocker.remedy())
                .build();
    }

    public static List<Problem> problems(
            String file, List<io.davit.controller.spec.Problem> problems) {
        return problems.stream().map(problem -> problem(file, problem)).toList();
    }

    /**
     * @param file as the person named it
     */
    public static Problem problem(String file, io.davit.controller.spec.Problem problem) {
        return Problem.newBuilder()
                .setFile(file)
                .setLine(problem.line())
                .setColumn(problem.column())
                .setPath(problem.path())
                .setCode(problem.code())
                .setMessage(problem.message())
                .setRemedy(problem.remedy())
                .build();
    }
}
