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
import java.util.Map;
import java.util.Optional;

/**
 * What runs on which host now, as far as it gives a host a right: to a certificate with the profile
 * that is stored here, and to a file. Both rights end with the step.
 */
public final class RunningSteps implements CertificateDesk, ArtifactGate {

    private final CertificateIssuer issuer;
    private final Map<Key, Right> rights = new HashMap<>();

    public RunningSteps(CertificateIssuer issuer) {
        this.issuer = issuer;
    }

    private record Key(HostId host, String operationId, String stepId) {}

    private sealed interface Right {}

    private record ToCertificate(String cluster, CertificateProfile profile) implements Right {}

    private record ToFile(String sha256) implements Right {}

    /** A step is about to be sent; gives the right that it brings, if it brings one. */
    void begin(HostId host, String operationId, String cluster, Command command) {
        var key = new Key(host, operationId, command.stepId());
        switch (command.work()) {
            case EnsureCertificate ensure ->
                    give(key, new ToCertificate(cluster, ensure.profile()));
            case EnsureArtifact ensure -> give(key, new ToFile(ensure.sha256()));
            case AgentWork.EnsurePackage _,
                    AgentWork.WriteFile _,
                    AgentWork.EnsureService _,
                    AgentWork.RunAction _,
                    AgentWork.PrepareRole _,
                    AgentWork.AwaitHealthy _,
                    AgentWork.RemoveRole _ -> {}
        }
    }

    private synchronized void give(Key key, Right right) {
        rights.put(key, right);
    }

    synchronized void end(HostId host, String operationId, String stepId) {
        rights.remove(new Key(host, operationId, stepId));
    }

    @Override
    public String sign(HostId from, String operationId, String stepId, byte[] csr)
            throws CertificateRefusedException {
        ToCertificate right =
                certificate(from, operationId, stepId)
                        .orElseThrow(() ->
                                new CertificateRefusedException(
                                        "no such step of this operation runs on this host now"));
        return issuer.issue(right.cluster(), from, right.profile(), csr);
    }

    private synchronized Optional<ToCertificate> certificate(
            HostId from, String operationId, String stepId) {
        return rights.get(new Key(from, operationId, stepId)) instanceof ToCertificate right
                ? Optional.of(right)
                : Optional.empty();
    }

    @Override
    public synchronized boolean mayFetch(HostId from, String sha256) {
        return rights.entrySet().stream()
                .anyMatch(right ->
                        right.getKey().host().equals(from)
                                && right.getValue() instanceof ToFile file
                                && file.sha256().equals(sha256));
    }
}
