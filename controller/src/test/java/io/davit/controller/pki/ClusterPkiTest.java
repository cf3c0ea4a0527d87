package io.davit.controller.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.common.Csr;
import io.davit.common.Digests;
import io.davit.common.HostId;
import io.davit.common.Keys;
import io.davit.common.Pem;
import io.davit.common.RestartInputs;
import io.davit.common.Secret;
import io.davit.controller.agentlink.CertificateDesk.CertificateRefusedException;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Changes;
import io.davit.controller.plan.AgentToken;
import io.davit.controller.plan.CertificateProfile;
import io.davit.controller.plan.Content;
import io.davit.controller.plan.Content.SecretRef;
import io.davit.controller.plan.Material.SlotDigests;
import io.davit.controller.plan.MaterialNames;
import io.davit.controller.plan.Ref;
import io.davit.controller.store.InMemoryStore;
import io.davit.controller.store.Records;
import io.davit.controller.store.SealedSecrets;
import io.davit.controller.store.Sealer;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClusterPkiTest {

    private static final HostId HOST = new HostId("0123456789abcdef0123456789abcdef");
    private static final Secret INVENTORY_KEY = Secret.ofText("host key");

    private final SecureRandom random = new SecureRandom();
    private final InMemoryStore store = new InMemoryStore();
    private final Records records = new Records(store);
    private ClusterPki pki = newPki();

    private ClusterPki newPki() {
        return new ClusterPki(
                new Changes(store, Secret.ofText("audit"), Clock.systemUTC()),
                records,
                new SealedSecrets(
                        new Sealer(
                                "k1",
                                Secret.of(
                                        "0123456789abcdef0123456789abcdef"
                                                .getBytes(StandardCharsets.US_ASCII)),
                                random)),
                _ -> INVENTORY_KEY,
                Clock.systemUTC(),
                random);
    }

    @BeforeEach
    void make() {
        pki.make("prod");
    }

    private Secret value(String name) {
        return pki.resolve("prod", new SecretRef(name, 1));
    }

    private X509Certificate certificate(String name) {
        return Pem.certificates(value(name).revealText()).getFirst();
    }

    private CertificateProfile profile(String issuer, List<String> usages) {
        return new CertificateProfile(
                issuer,
                new Ref.Known(pki.material("prod").issuerSha256(issuer).orElseThrow()),
                "etcd e1",
                List.of("localhost"),
                List.of("198.18.0.11", "127.0.0.1"),
                usages,
                Duration.ofDays(30));
    }

    @Test
    void beforeItIsMadeNothingIsKnownAndEveryClusterHasItsOwn() {
        assertThat(pki.material("other").made()).isFalse();
        pki.make("other");
        assertThat(pki.resolve("other", new SecretRef(MaterialNames.ETCD_CA, 1)))
                .isNotEqualTo(value(MaterialNames.ETCD_CA));
    }

    @Test
    void makingItAgainChangesNothing() {
        Secret before = value(MaterialNames.K3S_SERVER_PASSWORD);
        newPki().make("prod");
        pki = newPki();
        assertThat(value(MaterialNames.K3S_SERVER_PASSWORD)).isEqualTo(before);
        assertThat(before.length()).as("256 bits in hex").isEqualTo(64);
    }

    @Test
    void anotherAgentTokenIsAVersionOfItsOwnMadeOnce() {
        var first = new SecretRef(MaterialNames.K3S_AGENT_PASSWORD, 1);
        var second = new SecretRef(MaterialNames.K3S_AGENT_PASSWORD, 2);
        var content = Content.of(second);
        assertThat(pki.material("prod").version(MaterialNames.K3S_AGENT_PASSWORD)).isEqualTo(1);
        assertThat(pki.material("prod").digests(HOST, "worker.token", true, content)).isEmpty();
        Secret old = pki.resolve("prod", first);

        var next = new AgentToken(2, Map.of(HOST, "worker-3"));
        pki.rotateAgentToken("prod", next);
        Secret made = pki.resolve("prod", second);
        pki = newPki();
        pki.rotateAgentToken("prod", next);

        assertThat(pki.resolve("prod", second)).isEqualTo(made).isNotEqualTo(old);
        assertThat(made.length()).as("256 bits in hex").isEqualTo(64);
        var material = pki.material("prod");
        assertThat(material.agentToken()).isEqualTo(next);
        assertThat(material.agentToken().isWithout(HOST)).isTrue();
        assertThat(material.version(MaterialNames.K3S_SERVER_PASSWORD)).isEqualTo(1);
        assertThat(material.digests(HOST, "worker.token", true, content)).isPresent();
        assertThatThrownBy(() -> pki.rotateAgentToken("prod", new AgentToken(4, Map.of())))
                .hasMessageContaining("it has 2");
        assertThatThrownBy(() -> pki.rotateAgentToken("other", next))
                .hasMessageContaining("cannot make version 2");
    }

    @Test
    void theK3sAuthoritiesAreSelfSignedOneCertificateEachAsK3sTakesThem() throws Exception {
        for (String name : MaterialNames.K3S_CAS) {
            assertThat(Pem.certificates(value(MaterialNames.k3sCertificate(name)).revealText()))
                    .hasSize(1);
            X509Certificate ca = certificate(MaterialNames.k3sCertificate(name));
            ca.verify(ca.getPublicKey());
            assertThat(ca.getBasicConstraints()).isEqualTo(Integer.MAX_VALUE);
            assertThat(ca.getCriticalExtensionOIDs())
                    .containsExactlyInAnyOrder("2.5.29.15", "2.5.29.19");
            boolean[] usage = ca.getKeyUsage();
            assertThat(new boolean[] {usage[0], usage[2], usage[5], usage[6]})
                    .containsExactly(true, true, true, false);
            byte[] message = {1, 2, 3};
            var key = Pem.ecPrivateKey(value(MaterialNames.k3sKey(name)));
            assertThat(Keys.verify(ca.getPublicKey(), message, Keys.sign(key, message))).isTrue();
        }
    }

    @Test
    void theHashOfTheServerCaIsThatOfItsExactBytes() {
        assertThat(value(MaterialNames.K3S_SERVER_CA_HASH).revealText())
                .isEqualTo(
                        Digests.sha256Hex(
                                value(MaterialNames.k3sCertificate("server-ca")).reveal()));
    }

    @Test
    void theServiceKeyIsPkcs1() {
        String pem = value(MaterialNames.K3S_SERVICE_KEY).revealText();
        assertThat(pem).startsWith("-----BEGIN RSA PRIVATE KEY-----\nMII");
        assertThat(pem).endsWith("-----END RSA PRIVATE KEY-----\n");
    }

    @Test
    void theKeysOfTheEtcdAuthoritiesNeverLeave() {
        for (String name : List.of("signing/etcd", "signing/etcd-peer")) {
            assertThatThrownBy(() -> value(name)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void digestsAreThoseThatAHostReports() {
        var content =
                new Content(
                        List.of(
                                new Content.Literal("token: "),
                                new SecretRef(MaterialNames.K3S_AGENT_PASSWORD, 1)));
        byte[] bytes =
                ("token: " + value(MaterialNames.K3S_AGENT_PASSWORD).revealText())
                        .getBytes(StandardCharsets.UTF_8);
        var material = pki.material("prod");
        assertThat(material.digests(HOST, "worker.token", true, content))
                .contains(
                        new SlotDigests(
                                Digests.hmacHex(INVENTORY_KEY, bytes),
                                Digests.hmacHex(INVENTORY_KEY, bytes)));
        var config = Content.text("initial-cluster: \"a\"\nname: \"b\"\n");
        byte[] text = "initial-cluster: \"a\"\nname: \"b\"\n".getBytes(StandardCharsets.UTF_8);
        assertThat(material.digests(HOST, "etcd.config", false, config))
                .contains(
                        new SlotDigests(
                                Digests.sha256Hex(text),
                                Digests.sha256Hex(RestartInputs.of("etcd.config", text))));
        assertThat(
                        material.digests(
                                HOST,
                                "x",
                                false,
                                new Content(List.of(new SecretRef("k3s/unknown", 1)))))
                .isEmpty();
    }

    @Test
    void aCertificateSaysWhatTheProfileSaysForTheRequestsKey() throws Exception {
        KeyPair pair = Keys.newP256(random);
        String pem =
                pki.issue(
                        "prod",
                        HOST,
                        profile("etcd", List.of("serverAuth", "clientAuth")),
                        Csr.of(pair));
        List<X509Certificate> chain = Pem.certificates(pem);
        X509Certificate leaf = chain.getFirst();
        assertThat(chain.get(1)).isEqualTo(certificate(MaterialNames.ETCD_CA));
        leaf.verify(chain.get(1).getPublicKey());
        assertThat(leaf.getPublicKey()).isEqualTo(pair.getPublic());
        assertThat(leaf.getSubjectX500Principal().getName()).isEqualTo("CN=etcd e1");
        assertThat(leaf.getExtendedKeyUsage())
                .containsExactlyInAnyOrder("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2");
        assertThat(leaf.getSubjectAlternativeNames().toString())
                .isEqualTo("[[2, localhost], [7, 198.18.0.11], [7, 127.0.0.1]]");
        assertThat(leaf.getBasicConstraints()).isEqualTo(-1);
        assertThat(records.find(CertificateRecord.TABLE, IssuedCertificate.serialOf(leaf)))
                .get()
                .extracting(CertificateRecord::issuer)
                .isEqualTo("prod/etcd");
    }

    @Test
    void aWrongRequestAnUnknownIssuerAndAnotherCaAreRefused() {
        byte[] csr = Csr.of(Keys.newP256(random));
        byte[] broken = csr.clone();
        broken[broken.length - 1] ^= 1;
        CertificateProfile good = profile("etcd", List.of("clientAuth"));
        assertThatThrownBy(() -> pki.issue("prod", HOST, good, broken))
                .isInstanceOf(CertificateRefusedException.class);
        assertThatThrownBy(() -> pki.issue("nowhere", HOST, good, csr))
                .hasMessageContaining("has no CA yet");
        var otherCa =
                new CertificateProfile(
                        "etcd-peer",
                        good.issuerSha256(),
                        "x",
                        List.of(),
                        List.of(),
                        List.of("clientAuth"),
                        Duration.ofDays(1));
        assertThatThrownBy(() -> pki.issue("prod", HOST, otherCa, csr))
                .hasMessageContaining("another CA");
        for (String issuer : List.of("client-ca", "signing/etcd", "")) {
            var unknown =
                    new CertificateProfile(
                            issuer,
                            good.issuerSha256(),
                            "x",
                            List.of(),
                            List.of(),
                            List.of(),
                            Duration.ofDays(1));
            assertThatThrownBy(() -> pki.issue("prod", HOST, unknown, csr))
                    .hasMessageContaining("no issuer");
        }
    }

    @Test
    void theLoadBalancersCheckIsAUserWithoutAnyGroup() throws Exception {
        String pem =
                pki.issue(
                        "prod",
                        HOST,
                        new CertificateProfile(
                                "k3s-client",
                                new Ref.Known(
                                        pki.material("prod")
                                                .issuerSha256("k3s-client")
                                                .orElseThrow()),
                                "davit:lb-check",
                                List.of(),
                                List.of(),
                                List.of("clientAuth"),
                                Duration.ofDays(90)),
                        Csr.of(Keys.newP256(random)));
        X509Certificate leaf = Pem.certificates(pem).getFirst();
        leaf.verify(certificate(MaterialNames.k3sCertificate("client-ca")).getPublicKey());
        assertThat(leaf.getSubjectX500Principal().getName()).isEqualTo("CN=davit:lb-check");
        assertThat(leaf.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
    }

    @Test
    void anAdminsAccessComesFromTheClientCaIsShortAndRecorded() throws Exception {
        var access =
                pki.adminAccess(
                                "prod",
                                "anna",
                                Duration.ofDays(30),
                                new Actor("operator/anna", "admin", "198.18.0.1"))
                        .orElseThrow();
        X509Certificate leaf = Pem.certificates(access.certificatePem()).getFirst();
        leaf.verify(certificate(MaterialNames.k3sCertificate("client-ca")).getPublicKey());
        assertThat(leaf.getSubjectX500Principal().getName())
                .isEqualTo("CN=davit:anna,O=system:masters");
        assertThat(access.notAfter()).isBefore(Instant.now().plus(Duration.ofDays(31)));
        assertThat(access.serverCaPem())
                .isEqualTo(value(MaterialNames.k3sCertificate("server-ca")).revealText());
        assertThat(records.all(CertificateRecord.TABLE))
                .anyMatch(row -> row.value().issuer().equals("prod/client-ca"));
        assertThat(pki.adminAccess("none", "anna", Duration.ofDays(1), Actor.controller()))
                .isEmpty();
    }

    @Test
    void nothingSecretStandsInTheStoreInTheOpen() {
        String password = value(MaterialNames.K3S_SERVER_PASSWORD).revealText();
        String key = value(MaterialNames.k3sKey("server-ca")).revealText().split("\n")[1];
        String hex = HexFormat.of().formatHex(password.getBytes(StandardCharsets.UTF_8));
        for (String table : List.of("secret/", "cluster-material/", "audit/")) {
            assertThat(store.list(table).toString())
                    .doesNotContain(password)
                    .doesNotContain(key)
                    .doesNotContain(hex);
        }
    }
}
