package io.davit.agent.step;

import static io.davit.agent.step.EngineHarness.prepare;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import io.davit.proto.agent.v1.CertificateProfile;
import io.davit.proto.agent.v1.Outcome;
import io.davit.proto.agent.v1.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EnsureCertificateTest {

    private static final String KEY = "/etc/etcd/pki/server.key";
    private static final String CERTIFICATE = "/etc/etcd/pki/server.crt";

    @TempDir Path directory;
    private EngineHarness harness;

    @BeforeEach
    void open() throws IOException, InterruptedException {
        harness = new EngineHarness(directory);
        harness.run(prepare("etcd"));
    }

    @AfterEach
    void close() {
        harness.close();
    }

    private static Step wanting(Step step, CertificateProfile profile) {
        return step.toBuilder()
                .setEnsureCertificate(step.getEnsureCertificate().toBuilder().setProfile(profile))
                .build();
    }

    @Test
    void aKeyIsMadeHereAndItsCertificateIsTheWantedOne() throws Exception {
        Step step = harness.certificate("etcd.server");
        assertThat(harness.one(step).hasChanged()).isTrue();

        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(harness.host.files().resolve(KEY))))
                .isEqualTo("rw-------");
        assertThat(harness.one(step).hasUnchanged()).isTrue();
        var state =
                harness.engine().observe().getRolesList().stream()
                        .filter(role -> role.getRole().equals("etcd"))
                        .findFirst()
                        .orElseThrow()
                        .getCertificates(0);
        assertThat(state.getKeyMatches()).isTrue();
        assertThat(state.getCommonName()).isEqualTo(EngineHarness.MEMBER);
        assertThat(state.getIssuerSha256()).isEqualTo(harness.signedProfile.getIssuerSha256());
        assertThat(state.getExtendedKeyUsagesList()).containsExactly("serverAuth", "clientAuth");
    }

    @Test
    void anAnswerThatIsNotTheProfileIsNotAccepted() throws Exception {
        Step step = harness.certificate("etcd.server");
        CertificateProfile asked = harness.signedProfile;
        for (var other :
                List.of(
                        asked.toBuilder().setCommonName("root"),
                        asked.toBuilder().addDnsNames("etcd.example.test"),
                        asked.toBuilder().clearIpAddresses())) {
            harness.signedProfile = other.build();
            Outcome outcome = harness.one(step);
            assertThat(outcome.getFailed().getWhy())
                    .startsWith("cannot accept certificate etcd.server that the controller signed");
        }
        assertThat(harness.host.exists(KEY)).isFalse();
        assertThat(harness.host.exists(CERTIFICATE)).isFalse();
    }

    @Test
    void anotherIssuerOrNameMakesANewCertificate() throws Exception {
        harness.run(harness.certificate("etcd.server"));
        String before = harness.host.read(KEY);
        CertificateProfile wanted =
                harness.signedProfile.toBuilder().addDnsNames("more.example.test").build();
        harness.signedProfile = wanted;
        Step step = wanting(harness.certificate("etcd.server"), wanted);
        harness.signedProfile = wanted;

        assertThat(harness.one(step.toBuilder().setAttempt(2).build()).hasChanged()).isTrue();
        assertThat(harness.host.read(KEY)).isNotEqualTo(before);
    }

    @Test
    void aCertificateWithTooLittleLeftIsMadeAnew() throws Exception {
        harness.run(harness.certificate("etcd.server"));
        CertificateProfile wanted =
                harness.signedProfile.toBuilder()
                        .setMinRemaining(Duration.newBuilder().setSeconds(366L * 24 * 3600))
                        .build();
        Step step = wanting(harness.certificate("etcd.server"), wanted);

        var check = harness.engine().check(List.of(step)).getFirst();

        assertThat(check.getWouldChange().getChange()).contains("it ends at");
    }

    @Test
    void aKeyThatDoesNotMatchOrCanBeReadByOthersIsReplaced() throws Exception {
        Step step = harness.certificate("etcd.server");
        harness.run(step);
        harness.host.files().setMode(KEY, 0644);
        assertThat(harness.one(step).hasChanged()).isTrue();

        harness.host.write(KEY, "rubbish");
        assertThat(harness.one(step).hasChanged()).isTrue();
        assertThat(harness.one(step).hasUnchanged()).isTrue();
    }

    @Test
    void aCertificateOfSomebodyElseIsNotReplaced() throws Exception {
        harness.host.write(CERTIFICATE, "theirs");
        assertThat(harness.one(harness.certificate("etcd.server")).getBlocked().getWhy())
                .contains("not ours");
        assertThat(harness.host.read(CERTIFICATE)).isEqualTo("theirs");
    }
}
