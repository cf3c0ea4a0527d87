package io.davit.controller.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.common.HostId;
import io.davit.controller.agentlink.BlobDesk;
import io.davit.controller.agentlink.BlobDesk.BlobRefusedException;
import io.davit.controller.agentlink.CertificateDesk.CertificateRefusedException;
import io.davit.controller.agentlink.CertificateDesk.StepUnknownException;
import io.davit.controller.agentlink.Command;
import io.davit.controller.plan.AgentWork;
import io.davit.controller.plan.AgentWork.EnsureArtifact;
import io.davit.controller.plan.AgentWork.EnsureCertificate;
import io.davit.controller.plan.AgentWork.EnsureHeldPackage;
import io.davit.controller.plan.Catalog;
import io.davit.controller.plan.CertificateProfile;
import io.davit.controller.plan.Ref;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RunningStepsTest {

    private static final HostId HOST = new HostId("0".repeat(32));
    private static final HostId OTHER = new HostId("1".repeat(32));
    private static final byte[] CSR = {1};

    private final MemoryShelf shelf = new MemoryShelf();
    private final RunningSteps running =
            new RunningSteps(
                    (cluster, host, profile, _) -> cluster + " " + profile.commonName(), shelf);

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

    @Test
    void aSetOfPackagesMayBeFetchedOnlyWhileAStepInstallsFromIt() {
        var set = new Catalog.ArtifactFile("os-packages", "debian-12", "amd64", "f", "beef", 1);
        begin("e1/load-balancer/package.haproxy", new EnsureHeldPackage("haproxy", "2.6", set));
        assertThat(running.mayFetch(HOST, "beef")).isTrue();
        assertThat(running.mayFetch(OTHER, "beef")).isFalse();
        running.end(HOST, "op1", "e1/load-balancer/package.haproxy");
        assertThat(running.mayFetch(HOST, "beef")).isFalse();
    }

    private static BlobDesk.Head head(String step, int attempt, String name) {
        return new BlobDesk.Head(
                "op1",
                step,
                attempt,
                name,
                3,
                "0".repeat(64),
                new BlobDesk.SnapshotFacts("1a", "3.5.16", 7, 3, 9));
    }

    @Test
    void onlyTheHostThatWasAskedMaySendAndOnlyWhatItWasAskedFor() throws Exception {
        begin("e1/etcd/snapshot", new AgentWork.StoreBlob("snapshot", "wanted"));

        assertNotAsked(OTHER, head("e1/etcd/snapshot", 1, "wanted"));
        assertNotAsked(HOST, head("e1/etcd/other", 1, "wanted"));
        assertNotAsked(HOST, head("e1/etcd/snapshot", 2, "wanted"));
        assertNotAsked(HOST, head("e1/etcd/snapshot", 1, "unwanted"));
        assertThat(shelf.log).isEmpty();

        var incoming = running.open(HOST, head("e1/etcd/snapshot", 1, "wanted"), () -> {});
        assertNotAsked(HOST, head("e1/etcd/snapshot", 1, "wanted"));
        incoming.finish();
        assertThat(shelf.log).containsExactly("open small wanted", "finish");
    }

    @Test
    void ofABatchOnlyTheStepThatRunsMaySend() {
        begin("e1/etcd/prepare", new AgentWork.PrepareRole(List.of()));
        begin("e1/etcd/snapshot", new AgentWork.StoreBlob("snapshot", "wanted"));

        assertNotAsked(HOST, head("e1/etcd/snapshot", 1, "wanted"));
    }

    @Test
    void whatIsOnItsWayWhenItsStepEndsIsBrokenOffAndNeverKept() throws Exception {
        var broken = new ArrayList<String>();
        begin("e1/etcd/snapshot", new AgentWork.StoreBlob("snapshot", "wanted"));
        var incoming =
                running.open(
                        HOST, head("e1/etcd/snapshot", 1, "wanted"), () -> broken.add("broken"));
        running.end(HOST, "op1", "e1/etcd/snapshot");

        assertThat(broken).containsExactly("broken");
        assertThatThrownBy(incoming::finish).isInstanceOf(BlobRefusedException.class);
        assertThat(shelf.log).containsExactly("open small wanted");
    }

    @Test
    void whatWasDiscardedMayBeSentAgain() throws Exception {
        begin("e1/etcd/snapshot", new AgentWork.StoreBlob("snapshot", "wanted"));
        running.open(HOST, head("e1/etcd/snapshot", 1, "wanted"), () -> {}).discard();
        running.open(HOST, head("e1/etcd/snapshot", 1, "wanted"), () -> {}).finish();

        assertThat(shelf.log)
                .containsExactly("open small wanted", "discard", "open small wanted", "finish");
    }

    private void assertNotAsked(HostId from, BlobDesk.Head head) {
        assertThatThrownBy(() -> running.open(from, head, () -> {}))
                .isInstanceOfSatisfying(
                        BlobRefusedException.class,
                        refused ->
                                assertThat(refused.refusal())
                                        .isEqualTo(BlobRefusedException.Cause.NOT_ASKED));
    }

    /** Tells what was done with it. */
    private static final class MemoryShelf implements BlobShelf {

        final List<String> log = new ArrayList<>();

        @Override
        public BlobDesk.Incoming open(String cluster, HostId from, BlobDesk.Head head) {
            log.add("open " + cluster + " " + head.name());
            return new BlobDesk.Incoming() {
                @Override
                public void take(byte[] data) throws IOException {}

                @Override
                public void finish() {
                    log.add("finish");
                }

                @Override
                public void discard() {
                    log.add("discard");
                }
            };
        }

        @Override
        public boolean holds(String cluster, String name) {
            return false;
        }
    }
}
