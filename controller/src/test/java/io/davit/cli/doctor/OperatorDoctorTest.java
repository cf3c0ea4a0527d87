package io.davit.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.davit.cli.CliException;
import io.davit.cli.Credential;
import io.davit.common.Diagnosis;
import io.davit.common.Finding;
import io.davit.common.Finding.Level;
import io.davit.common.Secret;
import io.davit.proto.operator.v1.VersionResponse;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OperatorDoctorTest {

    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

    @TempDir private Path folder;

    private final FakeSurroundings machine = FakeSurroundings.well();
    private VersionResponse answer = answer(NOW, "1.0");

    private static VersionResponse answer(Instant now, String version) {
        return VersionResponse.newBuilder()
                .setVersion(version)
                .setNow(
                        Timestamp.newBuilder()
                                .setSeconds(now.getEpochSecond())
                                .setNanos(now.getNano()))
                .build();
    }

    @BeforeEach
    void credential() throws Exception {
        write(Duration.ofDays(90));
        machine.names.put("ctl.example.test", List.of("192.0.2.10"));
        machine.modes.put(folder.resolve("operator.key").toString(), 0600);
    }

    private void write(Duration life) throws Exception {
        var keys = KeyPairGenerator.getInstance("EC");
        keys.initialize(256);
        var pair = keys.generateKeyPair();
        var name = new X500Name("CN=anna");
        var certificate =
                new JcaX509CertificateConverter()
                        .getCertificate(
                                new JcaX509v3CertificateBuilder(
                                                name,
                                                BigInteger.ONE,
                                                Date.from(NOW.minus(Duration.ofDays(1))),
                                                Date.from(NOW.plus(life)),
                                                name,
                                                pair.getPublic())
                                        .build(
                                                new JcaContentSignerBuilder("SHA256withECDSA")
                                                        .build(pair.getPrivate())));
        var pem = new StringWriter();
        try (var writer = new JcaPEMWriter(pem)) {
            writer.writeObject(certificate);
        }
        new Credential(Secret.ofText("key"), pem.toString(), "ca", "ctl.example.test:7445")
                .write(folder);
    }

    private Diagnosis look() {
        return new OperatorDoctor(machine, _ -> answer, Clock.fixed(NOW, ZoneOffset.UTC), "1.0")
                .look(folder, Map.of("TERM", "xterm"));
    }

    private Finding of(String what) {
        return look().findings().stream()
                .filter(finding -> finding.what().equals(what))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aMachineThatCanWorkIsWell() {
        assertThat(look().findings()).allMatch(finding -> finding.level() == Level.OK);
        assertThat(of("certificate").said()).startsWith("90 days left");
        assertThat(of("clock").said()).startsWith("0.0 s");
    }

    @Test
    void withoutACredentialTheNextCommandIsNamedAndTheRestIsNotGuessed() {
        var diagnosis =
                new OperatorDoctor(machine, _ -> answer, Clock.systemUTC(), "1.0")
                        .look(folder.resolve("none"), Map.of());

        assertThat(diagnosis.exitCode()).isEqualTo(3);
        assertThat(diagnosis.findings().getFirst().remedy()).contains("davit admin new NAME");
        assertThat(diagnosis.findings())
                .extracting(Finding::what)
                .containsExactly("credential", "terminal");
    }

    @Test
    void aKeyThatOthersMayReadFails() {
        machine.modes.put(folder.resolve("operator.key").toString(), 0640);
        assertThat(of("key").remedy()).startsWith("chmod 0600 ");
    }

    @Test
    void aCertificateThatEndsIsToldBeforeAndAfter() throws Exception {
        write(Duration.ofDays(5));
        assertThat(of("certificate").level()).isEqualTo(Level.WARN);
        write(Duration.ofHours(-1));
        assertThat(of("certificate").level()).isEqualTo(Level.FAIL);
        assertThat(of("certificate").remedy()).contains("davit admin new");
    }

    @Test
    void aNameThatNobodyKnowsFails() {
        machine.names.clear();
        assertThat(of("name ctl.example.test").level()).isEqualTo(Level.FAIL);
    }

    @Test
    void aControllerThatDoesNotAnswerFailsWithTheReason() {
        var diagnosis =
                new OperatorDoctor(
                                machine,
                                _ -> {
                                    throw new CliException(69, "cannot reach it", "open the port");
                                },
                                Clock.fixed(NOW, ZoneOffset.UTC),
                                "1.0")
                        .look(folder, Map.of());
        assertThat(diagnosis.text()).contains("cannot reach it", "→ open the port");
        assertThat(diagnosis.exitCode()).isEqualTo(3);
    }

    @Test
    void clocksThatDifferAndAnotherVersionAreTold() {
        answer = answer(NOW.minusSeconds(2), "1.1");
        assertThat(of("clock").level()).isEqualTo(Level.WARN);
        assertThat(of("clock").said()).isEqualTo("2.0 s ahead of the controller's");
        assertThat(of("version").level()).isEqualTo(Level.WARN);
        answer = answer(NOW.plusSeconds(31), "1.0");
        assertThat(of("clock").level()).isEqualTo(Level.FAIL);
        assertThat(of("clock").said()).isEqualTo("31.0 s behind the controller's");
    }

    @Test
    void programsGetTheSame() {
        machine.names.clear();
        String json = look().json();
        var tree = tools.jackson.databind.json.JsonMapper.shared().readTree(json);
        assertThat(tree.path("failed").asInt()).isEqualTo(1);
        assertThat(tree.path("findings").valueStream().map(it -> it.path("what").asString()))
                .contains("credential", "name ctl.example.test", "clock");
    }
}
