package io.davit.controller.report;

import io.davit.controller.access.Answers;
import io.davit.controller.execute.StepRecord;
import io.davit.controller.explain.KnownCauses;
import io.davit.controller.plan.Blocker;
import io.davit.proto.operator.v1.ClusterStatus;
import io.davit.proto.operator.v1.Finding;
import io.davit.proto.operator.v1.HostStatus;
import io.davit.proto.operator.v1.OperationStep;
import io.davit.proto.operator.v1.RoleStatus;
import java.util.List;
import java.util.Locale;

/** Findings as messages, each with what is known to be behind it. */
public final class WhyMessages {

    private final KnownCauses known;

    public WhyMessages(KnownCauses known) {
        this.known = known;
    }

    /** A step that runs or ended badly; its own remedy goes before what the table has. */
    public Finding step(StepRecord record) {
        OperationStep step = OperationMessages.step(record);
        var finding =
                Finding.newBuilder()
                        .setHost(record.step().host())
                        .setRole(record.step().role())
                        .setStep(record.step().id())
                        .setWhat(
                                "%s %s: %s"
                                        .formatted(
                                                step.getStep().getKind(),
                                                step.getStep().getWhat(),
                                                record.state().name().toLowerCase(Locale.ROOT)))
                        .setError(record.detail())
                        .addAllLogLines(record.logLines());
        record.startedAt()
                .ifPresent(at -> {
                    finding.setSince(Answers.timestamp(at));
                    if (record.endedAt().isEmpty()) {
                        finding.setDeadline(Answers.timestamp(at.plus(record.step().deadline())));
                    }
                });
        explain(finding);
        if (!record.remedy().isEmpty()) {
            finding.setRemedy(record.remedy());
        }
        return finding.build();
    }

    /** A reason why an operation did not reach its end. */
    public Finding blocker(Blocker blocker) {
        var message = PlanMessages.blocker(blocker);
        var finding =
                Finding.newBuilder()
                        .setHost(message.getHost())
                        .setRole(message.getRole())
                        .setStep(message.getStep())
                        .setError(message.getCause());
        explain(finding);
        if (!message.getRemedy().isEmpty()) {
            finding.setRemedy(message.getRemedy());
        }
        return finding.build();
    }

    /** A role that is not ok. */
    public Finding role(HostStatus host, RoleStatus role, List<String> logLines) {
        var finding =
                Finding.newBuilder()
                        .setHost(host.getName())
                        .setRole(role.getRole())
                        .setWhat(role.getRole() + " is " + role.getStanding())
                        .setError(role.getDetail())
                        .addAllLogLines(logLines);
        role.getProbesList().stream()
                .map(it -> it.getProbe())
                .filter(probe -> role.getDetail().startsWith(probe + ": "))
                .findFirst()
                .ifPresent(finding::setProbe);
        if (role.hasSince()) {
            finding.setSince(role.getSince());
        }
        return explain(finding).build();
    }

    /** What is wrong beside the roles; it names its host. */
    public Finding problem(String problem, ClusterStatus status) {
        var finding = Finding.newBuilder().setError(problem);
        status.getHostsList().stream()
                .map(HostStatus::getName)
                .filter(host -> problem.matches(".* of " + host + " (has|is|ends) .*"))
                .findFirst()
                .ifPresent(finding::setHost);
        explain(finding);
        return finding.build();
    }

    private Finding.Builder explain(Finding.Builder finding) {
        known.of(finding.getError(), finding.getLogLinesList())
                .ifPresent(it -> finding.setCause(it.cause()).setRemedy(it.remedy()));
        return finding;
    }
}
