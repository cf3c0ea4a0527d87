package io.davit.controller.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.common.HostId;
import io.davit.controller.agentlink.CertificateDesk.CertificateRefusedException;
import io.davit.controller.agentlink.CertificateDesk.StepUnknownException;
import io.davit.controller.agentlink.Command;
import io.davit.controller.plan.AgentWork;
import io.davit.controller.plan.AgentWork.EnsureArtifact;
import io.davit.controller.plan.AgentWork.EnsureCertificate;
import io.davit.controller.plan.CertificateProfile;
import io.davit.controller.plan.Ref;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RunningStepsTest {

    private static final HostId HOST = new HostId("0".repeat(32));
    private static final HostId OTHER = new HostId("1".repeat(32));
    private static final byte[] CSR = {1};

    private final RunningSteps running =
            new RunningSteps((cluster, host, profile, _) -> cluster + " " + profile.commonName());

    private static EnsureCertificate certificate() {
        return new EnsureCertificate(
                "etcd.server",
                new CertificateProfile(
                        "etcd",
                        new Ref.Known("ab"),
                        "e1",
                        List.of("e1"),
                        List.of("198.18.0.11"),
                        List.of("serverAuth"),
                        Duration.ofDays(90)));
    }

    private void begin(String stepId, AgentWork work) {
        running.begin(
                HOST,
                "op1",
                "small",
                new Command(stepId, 1, "etcd", "", Duration.ofMinutes(1), work, Optional.empty()));
    }

    @Test
    void signsOnlyForTheStepThatRunsOnThatHostWithTheStoredProfile()
            throws CertificateRefusedException {
        begin("e1/etcd/certificate.etcd.server", certificate());

        assertThat(running.sign(HOST, "op1", "e1/etcd/certificate.etcd.server", CSR))
                .isEqualTo("small e1");
        assertThatThrownBy(() -> running.sign(OTHER, "op1", "e1/etcd/certificate.etcd.server", CSR))
                .isInstanceOf(StepUnknownException.class);
        assertThatThrownBy(() -> running.sign(HOST, "op2", "e1/etcd/certificate.etcd.server", CSR))
                .isInstanceOf(StepUnknownException.class);
        assertThatThrownBy(() -> running.sign(HOST, "op1", "e1/etcd/certificate.etcd.peer", CSR))
                .isInstanceOf(StepUnknownException.class);
        running.end(HOST, "op1", "e1/etcd/certificate.etcd.server");
        assertThatThrownBy(() -> running.sign(HOST, "op1", "e1/etcd/certificate.etcd.server", CSR))
                .isInstanceOf(StepUnknownException.class);
    }

    @Test
    void ofABatchOnlyTheStepThatRunsBringsItsRight() throws CertificateRefusedException {
        begin("e1/etcd/prepare", new AgentWork.PrepareRole(List.of()));
        begin("e1/etcd/certificate.etcd.server", certificate());
        begin("e1/etcd/certificate.etcd.peer", certificate());

        assertThatThrownBy(() -> running.sign(HOST, "op1", "e1/etcd/certificate.etcd.server", CSR))
                .isInstanceOf(StepUnknownException.class);
        running.end(HOST, "op1", "e1/etcd/prepare");

        assertThat(running.sign(HOST, "op1", "e1/etcd/certificate.etcd.server", CSR))
                .isEqualTo("small e1");
        assertThatThrownBy(() -> running.sign(HOST, "op1", "e1/etcd/certificate.etcd.peer", CSR))
                .isInstanceOf(StepUnknownException.class);
        running.end(HOST, "op1", "e1/etcd/certificate.etcd.server");

        assertThat(running.sign(HOST, "op1", "e1/etcd/certificate.etcd.peer", CSR))
                .isEqualTo("small e1");
    }

    @Test
    void aFileMayBeFetchedOnlyWhileAStepNamesIt() {
        begin(
                "e1/etcd/artifact.etcd",
                new EnsureArtifact("etcd", "3.5.16", "amd64", "cafe", 1, "f"));

        assertThat(running.mayFetch(HOST, "cafe")).isTrue();
        assertThat(running.mayFetch(OTHER, "cafe")).isFalse();
        assertThat(running.mayFetch(HOST, "beef")).isFalse();
        running.end(HOST, "op1", "e1/etcd/artifact.etcd");
        assertThat(running.mayFetch(HOST, "cafe")).isFalse();
    }
}
