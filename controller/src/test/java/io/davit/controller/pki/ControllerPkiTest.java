package io.davit.controller.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.common.HostId;
import io.davit.common.Keys;
import io.davit.common.Pem;
import io.davit.common.Secret;
import io.davit.controller.TestClock;
import io.davit.controller.store.InMemoryStore;
import io.davit.controller.store.Records;
import io.davit.controller.store.SealedSecrets;
import io.davit.controller.store.Sealer;
import io.davit.controller.store.Transaction;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ControllerPkiTest {

    private static final Instant START = Instant.parse("2026-06-01T12:00:00Z");
    private static final HostId HOST = new HostId("0123456789abcdef0123456789abcdef");

    private final SecureRandom random = new SecureRandom();
    private final InMemoryStore store = new InMemoryStore();
    private final SealedSecrets secrets =
            new SealedSecrets(new Sealer("k", Secret.random(random, 32), random));
    private final TestClock clock = new TestClock(START);
    private final PublicKey key = Keys.newP256(random).getPublic();
    private final ControllerNames names =
            new ControllerNames(List.of("ctl.example.test", "198.18.0.2"));
    private ControllerPki pki;

    @BeforeEach
    void make() throws Exception {
        var transaction = new Transaction(store);
        ControllerPki.create(transaction, secrets, clock, random);
        transaction.commit();
        pki = ControllerPki.load(new Records(store), secrets, clock, random);
    }

    private static String uri(X509Certificate certificate) throws Exception {
        assertThat(certificate.getSubjectAlternativeNames()).hasSize(1);
        List<?> name = certificate.getSubjectAlternativeNames().iterator().next();
        assertThat(name.get(0)).isEqualTo(6);
        return (String) name.get(1);
    }

    private static void assertValid(IssuedCertificate issued, X509Certificate anchor, Instant at)
            throws Exception {
        var parameters = new PKIXParameters(Set.of(new TrustAnchor(anchor, null)));
        parameters.setRevocationEnabled(false);
        parameters.setDate(java.util.Date.from(at));
        var path =
                CertificateFactory.getInstance("X.509")
                        .generateCertPath(
                                issued.chain().stream()
                                        .filter(certificate -> !certificate.equals(anchor))
                                        .toList());
        CertPathValidator.getInstance("PKIX").validate(path, parameters);
    }

    @Test
    void anAgentsCertificateIsForAClientOfThisNameAndNothingElse() throws Exception {
        IssuedCertificate issued = pki.issueAgent(HOST, key);
        X509Certificate leaf = issued.leaf();
        assertThat(leaf.getSubjectX500Principal().getName()).isEqualTo("CN=" + HOST);
        assertThat(uri(leaf)).isEqualTo("spiffe://davit/host/" + HOST);
        assertThat(leaf.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
        assertThat(leaf.getBasicConstraints()).isEqualTo(-1);
        assertThat(leaf.getCriticalExtensionOIDs())
                .containsExactlyInAnyOrder("2.5.29.15", "2.5.29.19");
        assertThat(leaf.getNonCriticalExtensionOIDs())
                .containsExactlyInAnyOrder("2.5.29.37", "2.5.29.17", "2.5.29.14", "2.5.29.35");
        boolean[] usage = leaf.getKeyUsage();
        assertThat(usage[0]).isTrue();
        for (int i = 1; i < usage.length; i++) {
            assertThat(usage[i]).isFalse();
        }
        assertThat(leaf.getNotBefore().toInstant()).isEqualTo(START.minus(Duration.ofMinutes(5)));
        assertThat(leaf.getNotAfter().toInstant()).isEqualTo(START.plus(Duration.ofDays(365)));
        assertThat(leaf.getSerialNumber().bitLength()).isEqualTo(128);
        assertValid(issued, pki.agentIssuer(), START);
    }

    @Test
    void noClassOfCertificateIsValidUnderAnotherClassesIssuer() throws Exception {
        IssuedCertificate agent = pki.issueAgent(HOST, key);
        IssuedCertificate operator = pki.issueOperator("anna", key);
        assertThat(uri(operator.leaf())).isEqualTo("spiffe://davit/operator/anna");
        assertValid(operator, pki.operatorIssuer(), START);
        assertThatThrownBy(() -> agent.leaf().verify(pki.operatorIssuer().getPublicKey()))
                .isNotNull();
        assertThatThrownBy(() -> operator.leaf().verify(pki.agentIssuer().getPublicKey()))
                .isNotNull();
    }

    @Test
    void aControllersCertificateLeadsToThePinnedRoot() throws Exception {
        IssuedCertificate issued = pki.issueController(names, key);
        X509Certificate root = issued.chain().getLast();
        assertThat(Keys.pin(root.getPublicKey())).isEqualTo(pki.rootPin());
        assertThat(Pem.certificates(pki.caBundlePem())).containsExactly(root);
        assertThat(root.getPublicKey().toString()).contains("secp384r1");
        assertValid(issued, root, START);
        assertThat(issued.leaf().getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
        assertThat(issued.leaf().getSubjectAlternativeNames().toString())
                .isEqualTo(
                        "[[6, spiffe://davit/controller], [2, ctl.example.test], [7, 198.18.0.2],"
                                + " [7, 127.0.0.1]]");
        assertThat(issued.leaf().getNotBefore().toInstant())
                .isEqualTo(START.minus(Duration.ofHours(24)));
        assertThat(issued.leaf().getNotAfter().toInstant())
                .isEqualTo(START.plus(Duration.ofDays(90)));
    }

    @Test
    void noLeafEndsAfterItsIssuer() {
        clock.advance(Duration.ofDays(3600));
        assertThat(pki.issueAgent(HOST, key).notAfter())
                .isEqualTo(pki.agentIssuer().getNotAfter().toInstant());
    }

    @Test
    void serialsAreNotRepeated() {
        var serials = new HashSet<String>();
        for (int i = 0; i < 200; i++) {
            serials.add(pki.issueAgent(HOST, key).serial());
        }
        assertThat(serials).hasSize(200);
    }

    @Test
    void theControllersCertificateIsReplacedAtTwoThirdsOfItsLifeForNewConnections() {
        var certificate = new ControllerCertificate(pki, names, clock, random);
        var manager = certificate.keyManager();
        String before = manager.chooseEngineServerAlias("EC", null, null);
        assertThat(certificate.renewIfDue()).isFalse();
        clock.advance(Duration.ofDays(59));
        assertThat(certificate.renewIfDue()).isFalse();
        clock.advance(Duration.ofDays(2));
        assertThat(certificate.renewIfDue()).isTrue();
        String after = manager.chooseEngineServerAlias("EC", null, null);
        assertThat(after).isNotEqualTo(before);
        for (String alias : List.of(before, after)) {
            byte[] message = {1};
            assertThat(
                            Keys.verify(
                                    manager.getCertificateChain(alias)[0].getPublicKey(),
                                    message,
                                    Keys.sign(manager.getPrivateKey(alias), message)))
                    .as("key and chain belong together")
                    .isTrue();
        }
        assertThat(certificate.renewIfDue()).isFalse();
    }

    @Test
    void aNameThatIsNoneIsRefusedWithTheName() {
        for (String bad : List.of("", "a b", "ctl.example.test.", "300.1.1.1", "x,y", "DNS:a")) {
            assertThatThrownBy(() -> new ControllerNames(List.of(bad)))
                    .as(bad)
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(ControllerNames.isAddress("fd00::1")).isTrue();
    }
}
