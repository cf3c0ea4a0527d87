package io.davit.agent.step;

import io.davit.common.Csr;
import io.davit.common.Digests;
import io.davit.common.Keys;
import io.davit.common.Pem;
import io.davit.proto.agent.v1.CertificateProfile;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate authority that signs what a test wants. */
final class TestCa {

    private final KeyPair pair = Keys.newP256(new SecureRandom());
    private final Instant now;
    private final X509Certificate certificate;

    TestCa(Instant now) {
        this.now = now;
        this.certificate = build("test ca", pair.getPublic(), true, List.of(), List.of(), now);
    }

    String pem() {
        return Pem.ofCertificate(certificate);
    }

    /** The profile of a certificate of this CA. */
    CertificateProfile profile(String commonName) {
        try {
            return CertificateProfile.newBuilder()
                    .setIssuer("etcd")
                    .setIssuerSha256(Digests.sha256Hex(certificate.getEncoded()))
                    .setCommonName(commonName)
                    .addDnsNames("localhost")
                    .addIpAddresses("198.18.0.11")
                    .addExtendedKeyUsages("serverAuth")
                    .addExtendedKeyUsages("clientAuth")
                    .build();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Leaf and CA for this request. */
    String sign(byte[] csr, CertificateProfile profile) {
        return sign(Csr.verifiedKey(csr), profile, Duration.ofDays(365));
    }

    String sign(PublicKey key, CertificateProfile profile, Duration life) {
        var leaf =
                build(
                        profile.getCommonName(),
                        key,
                        false,
                        profile.getDnsNamesList(),
                        profile.getIpAddressesList(),
                        now.plus(life));
        return Pem.ofCertificate(leaf) + pem();
    }

    private X509Certificate build(
            String name,
            PublicKey key,
            boolean ca,
            List<String> dns,
            List<String> addresses,
            Instant end) {
        try {
            var builder =
                    new JcaX509v3CertificateBuilder(
                            new X500Name("CN=test ca"),
                            BigInteger.valueOf(System.nanoTime()),
                            Date.from(now.minusSeconds(60)),
                            Date.from(ca ? end.plus(Duration.ofDays(3650)) : end),
                            new X500Name("CN=" + name),
                            key);
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(ca));
            var names = new ArrayList<GeneralName>();
            dns.forEach(value -> names.add(new GeneralName(GeneralName.dNSName, value)));
            addresses.forEach(value -> names.add(new GeneralName(GeneralName.iPAddress, value)));
            if (!names.isEmpty()) {
                builder.addExtension(
                        Extension.subjectAlternativeName,
                        false,
                        new GeneralNames(names.toArray(GeneralName[]::new)));
                builder.addExtension(
                        Extension.extendedKeyUsage,
                        false,
                        new ExtendedKeyUsage(
                                new KeyPurposeId[] {
                                    KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
                                }));
            }
            return new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(
                                    new JcaContentSignerBuilder("SHA256withECDSA")
                                            .build(pair.getPrivate())));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
