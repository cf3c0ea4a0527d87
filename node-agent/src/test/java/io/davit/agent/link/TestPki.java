package io.davit.agent.link;

import io.davit.common.Identities;
import io.davit.common.Keys;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A controller's PKI: one root, an issuing CA for controllers and one for agents. */
public final class TestPki {

    /** A certificate with its key. */
    public record Certified(X509Certificate certificate, KeyPair keys) {}

    private final SecureRandom random = new SecureRandom();
    private final Instant now = Instant.now();
    private final Certified root = authority("root", null);
    private final Certified controllers = authority("controllers", root);
    private final Certified agents = authority("agents", root);

    public X509Certificate root() {
        return root.certificate();
    }

    public X509Certificate agentIssuer() {
        return agents.certificate();
    }

    /** The pin a token of this controller carries. */
    public String pin() {
        return Keys.pin(root.certificate().getPublicKey());
    }

    /** A controller's certificate as it should be. */
    public Certified controller() {
        return controller(
                Identities.CONTROLLER,
                KeyPurposeId.id_kp_serverAuth,
                now.minus(Duration.ofDays(1)),
                now.plus(Duration.ofDays(90)));
    }

    /** A controller's certificate with something of your choice in it. */
    public Certified controller(String uri, KeyPurposeId use, Instant from, Instant to) {
        var keys = Keys.newP256(random);
        return new Certified(
                leaf("controller", keys.getPublic(), controllers, uri, use, from, to), keys);
    }

    /** Leaf, issuer, root: what a controller presents. */
    public List<X509Certificate> controllerChain(Certified leaf) {
        return List.of(leaf.certificate(), controllers.certificate(), root.certificate());
    }

    /** An agent's certificate for this key. */
    public X509Certificate agent(PublicKey key, String uri) {
        return leaf(
                "agent",
                key,
                agents,
                uri,
                KeyPurposeId.id_kp_clientAuth,
                now.minus(Duration.ofDays(1)),
                now.plus(Duration.ofDays(365)));
    }

    private Certified authority(String name, @org.jspecify.annotations.Nullable Certified issuer) {
        var keys = Keys.newP256(random);
        var signer = issuer == null ? keys : issuer.keys();
        var issuerName =
                issuer == null ? name : issuer.certificate().getSubjectX500Principal().getName();
        try {
            var builder =
                    builder(
                            issuer == null ? "CN=" + name : issuerName,
                            name,
                            keys.getPublic(),
                            now.minus(Duration.ofDays(2)),
                            now.plus(Duration.ofDays(3650)));
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
            builder.addExtension(
                    Extension.keyUsage,
                    true,
                    new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            return new Certified(sign(builder, signer), keys);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private X509Certificate leaf(
            String name,
            PublicKey key,
            Certified issuer,
            String uri,
            KeyPurposeId use,
            Instant from,
            Instant to) {
        try {
            var builder =
                    builder(
                            issuer.certificate().getSubjectX500Principal().getName(),
                            name,
                            key,
                            from,
                            to);
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(use));
            builder.addExtension(
                    Extension.subjectAlternativeName,
                    false,
                    new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, uri)));
            return sign(builder, issuer.keys());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private JcaX509v3CertificateBuilder builder(
            String issuer, String name, PublicKey key, Instant from, Instant to) {
        return new JcaX509v3CertificateBuilder(
                new X500Name(issuer),
                new BigInteger(127, random),
                Date.from(from),
                Date.from(to),
                new X500Name("CN=" + name),
                key);
    }

    private static X509Certificate sign(JcaX509v3CertificateBuilder builder, KeyPair by)
            throws Exception {
        return new JcaX509CertificateConverter()
                .getCertificate(
                        builder.build(
                                new JcaContentSignerBuilder("SHA256withECDSA")
                                        .build(by.getPrivate())));
    }
}
