package io.davit.controller.execute;

import io.davit.common.HostId;
import io.davit.controller.agentlink.ArtifactGate;
import io.davit.controller.agentlink.CertificateDesk;
import io.davit.controller.agentlink.Command;
import io.davit.controller.plan.AgentWork;
import io.davit.controller.plan.AgentWork.EnsureArtifact;
import io.davit.controller.plan.AgentWork.EnsureCertificate;
import io.davit.controller.plan.CertificateProfile;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * What runs on which host now, as far as it gives a host a right: to a certificate with the profile
 * that is stored here, and to a file. Of the steps that are sent together, the first that has not
 * ended is the one that runs; a right begins and ends with its step.
 */
public final class RunningSteps implements CertificateDesk, ArtifactGate {

    private final CertificateIssuer issuer;

    /** In the order in which they were begun. */
    private final Map<Work, SequencedMap<String, Right>> sent = new HashMap<>();

    public RunningSteps(CertificateIssuer issuer) {
        this.issuer = issuer;
    }

    private record Work(HostId host, String operationId) {}

    private sealed interface Right {}

    private record ToNothing() implements Right {}

    private record ToCertificate(String cluster, CertificateProfile profile) implements Right {}

    private record ToFile(String sha256) implements Right {}

    /** A step is about to be sent, behind those begun before it on this host. */
    synchronized void begin(HostId host, String operationId, String cluster, Command command) {
        sent.computeIfAbsent(new Work(host, operationId), _ -> new LinkedHashMap<>())
                .put(command.stepId(), right(cluster, command.work()));
    }

    private static Right right(String cluster, AgentWork work) {
        return switch (work) {
            case EnsureCertificate ensure -> new ToCertificate(cluster, ensure.profile());
            case EnsureArtifact ensure -> new ToFile(ensure.sha256());
            case AgentWork.EnsurePackage _,
                    AgentWork.WriteFile _,
                    AgentWork.EnsureService _,
                    AgentWork.RunAction _,
                    AgentWork.PrepareRole _,
                    AgentWork.AwaitHealthy _,
                    AgentWork.RemoveRole _ ->
                    new ToNothing();
        };
    }

    /** A step has ended, or is not waited for any more. */
    synchronized void end(HostId host, String operationId, String stepId) {
        sent.computeIfPresent(
                new Work(host, operationId),
                (_, steps) -> {
                    steps.remove(stepId);
                    return steps.isEmpty() ? null : steps;
                });
    }

    @Override
    public String sign(HostId from, String operationId, String stepId, byte[] csr)
            throws CertificateRefusedException {
        ToCertificate right =
                certificate(from, operationId, stepId)
                        .orElseThrow(() ->
                                new StepUnknownException(
                                        "no such step of this operation runs on this host now"));
        return issuer.issue(right.cluster(), from, right.profile(), csr);
    }

    private synchronized Optional<ToCertificate> certificate(
            HostId from, String operationId, String stepId) {
        return Optional.ofNullable(sent.get(new Work(from, operationId)))
                .map(SequencedMap::firstEntry)
                .filter(running -> running.getKey().equals(stepId))
                .map(Map.Entry::getValue)
                .filter(ToCertificate.class::isInstance)
                .map(ToCertificate.class::cast);
    }

    @Override
    public synchronized boolean mayFetch(HostId from, String sha256) {
        return sent.entrySet().stream()
                .filter(work -> work.getKey().host().equals(from))
                .map(work -> work.getValue().firstEntry().getValue())
                .anyMatch(right -> right instanceof ToFile file && file.sha256().equals(sha256));
    }
}
