package io.davit.controller.pki;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate with its private key, that signs others. */
final class Authority {

    private final X509Certificate certificate;
    private final PrivateKey key;
    private final SecureRandom random;

    Authority(X509Certificate certificate, PrivateKey key, SecureRandom random) {
        this.certificate = certificate;
        this.key = key;
        this.random = random;
    }

    static Authority selfSigned(CertificateTemplate template, KeyPair pair, SecureRandom random) {
        X500Name name = name(template);
        return new Authority(
                build(
                        template,
                        pair.getPublic(),
                        name,
                        pair.getPublic(),
                        pair.getPrivate(),
                        random),
                pair.getPrivate(),
                random);
    }

    X509Certificate certificate() {
        return certificate;
    }

    PrivateKey key() {
        return key;
    }

    /** Signs a certificate for this key. It never ends after its issuer. */
    X509Certificate sign(CertificateTemplate template, PublicKey subject) {
        Instant end = certificate.getNotAfter().toInstant();
        CertificateTemplate bounded =
                template.notAfter().isAfter(end) ? endingAt(template, end) : template;
        return build(
                bounded,
                subject,
                X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded()),
                certificate.getPublicKey(),
                key,
                random);
    }

    private static CertificateTemplate endingAt(CertificateTemplate t, Instant end) {
        return new CertificateTemplate(
                t.commonName(),
                t.organization(),
                t.uris(),
                t.dnsNames(),
                t.ipAddresses(),
                t.purposes(),
                t.usages(),
                t.authority(),
                t.notBefore(),
                end);
    }

    private static X509Certificate build(
            CertificateTemplate template,
            PublicKey subject,
            X500Name issuerName,
            PublicKey issuerKey,
            PrivateKey signingKey,
            SecureRandom random) {
        try {
            var builder =
                    new JcaX509v3CertificateBuilder(
                            issuerName,
                            serial(random),
                            Date.from(template.notBefore()),
                            Date.from(template.notAfter()),
                            name(template),
                            subject);
            builder.addExtension(
                    Extension.basicConstraints, true, new BasicConstraints(template.authority()));
            builder.addExtension(Extension.keyUsage, true, usages(template));
            if (!template.purposes().isEmpty()) {
                builder.addExtension(Extension.extendedKeyUsage, false, purposes(template));
            }
            GeneralName[] names = alternativeNames(template);
            if (names.length > 0) {
                builder.addExtension(
                        Extension.subjectAlternativeName, false, new GeneralNames(names));
            }
            var identifiers = new JcaX509ExtensionUtils();
            builder.addExtension(
                    Extension.subjectKeyIdentifier,
                    false,
                    identifiers.createSubjectKeyIdentifier(subject));
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    identifiers.createAuthorityKeyIdentifier(issuerKey));
            return new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(
                                    new JcaContentSignerBuilder("SHA256withECDSA")
                                            .build(signingKey)));
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw new IllegalStateException(
                    "cannot sign certificate " + template.commonName() + ": " + e.getMessage(), e);
        }
    }

    private static BigInteger serial(SecureRandom random) {
        // the highest bit set, the sign bit clear: always 128 bits long, never negative
        return new BigInteger(128, random).setBit(127);
    }

    private static X500Name name(CertificateTemplate template) {
        var name = new X500NameBuilder(BCStyle.INSTANCE);
        if (!template.organization().isEmpty()) {
            name.addRDN(BCStyle.O, template.organization());
        }
        name.addRDN(BCStyle.CN, template.commonName());
        return name.build();
    }

    private static KeyUsage usages(CertificateTemplate template) {
        int bits = 0;
        for (CertificateTemplate.Usage usage : template.usages()) {
            bits |=
                    switch (usage) {
                        case DIGITAL_SIGNATURE -> KeyUsage.digitalSignature;
                        case KEY_ENCIPHERMENT -> KeyUsage.keyEncipherment;
                        case SIGN_CERTIFICATES -> KeyUsage.keyCertSign;
                        case SIGN_REVOCATIONS -> KeyUsage.cRLSign;
                    };
        }
        return new KeyUsage(bits);
    }

    private static ExtendedKeyUsage purposes(CertificateTemplate template) {
        return new ExtendedKeyUsage(
                template.purposes().stream()
                        .sorted()
                        .map(purpose ->
                                switch (purpose) {
                                    case SERVER -> KeyPurposeId.id_kp_serverAuth;
                                    case CLIENT -> KeyPurposeId.id_kp_clientAuth;
                                })
                        .toArray(KeyPurposeId[]::new));
    }

    private static GeneralName[] alternativeNames(CertificateTemplate template) {
        List<GeneralName> names = new ArrayList<>();
        template.uris()
                .forEach(uri ->
                        names.add(new GeneralName(GeneralName.uniformResourceIdentifier, uri)));
        template.dnsNames().forEach(dns -> names.add(new GeneralName(GeneralName.dNSName, dns)));
        template.ipAddresses().forEach(ip -> names.add(new GeneralName(GeneralName.iPAddress, ip)));
        return names.toArray(GeneralName[]::new);
    }
}
