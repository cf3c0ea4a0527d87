package io.davit.controller.pki;

import io.davit.common.Digests;
import io.davit.common.Keys;
import io.davit.common.Pem;
import io.davit.common.Secret;
import io.davit.controller.pki.CertificateTemplate.Usage;
import io.davit.controller.plan.MaterialNames;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;

/**
 * Everything a new cluster gets: its etcd and etcd peer CAs (whose keys never leave the
 * controller), the k3s CAs that are placed before first boot (one self-signed P-256 certificate
 * each, used by k3s as they are), the service account key, and the tokens' passwords.
 */
record NewMaterial(Map<String, String> openValues, Map<String, Secret> secrets) {

    static final String ETCD_ISSUER = "etcd";
    static final String ETCD_PEER_ISSUER = "etcd-peer";

    /** Signs for users of the Kubernetes API; the servers hold its key too. */
    static final String K3S_CLIENT_ISSUER = "k3s-client";

    private static final String K3S_CLIENT_CA = "client-ca";

    private static final Duration LIFE = Duration.ofDays(3650);
    private static final Duration BACKDATE = Duration.ofHours(24);
    private static final int PASSWORD_BYTES = 32;
    private static final String SIGNING = "signing/";

    /** As openssl makes them for k3s; kubelets and the apiserver accept them. */
    private static final Set<Usage> K3S_USAGES =
            Set.of(Usage.DIGITAL_SIGNATURE, Usage.KEY_ENCIPHERMENT, Usage.SIGN_CERTIFICATES);

    private static final Set<Usage> ETCD_USAGES =
            Set.of(Usage.SIGN_CERTIFICATES, Usage.SIGN_REVOCATIONS);

    NewMaterial {
        openValues = Map.copyOf(openValues);
        secrets = Map.copyOf(secrets);
    }

    /** Where an issuer's key is kept; no content may refer to one of our own. */
    static String signingKey(String issuer) {
        return issuer.equals(K3S_CLIENT_ISSUER)
                ? MaterialNames.k3sKey(K3S_CLIENT_CA)
                : SIGNING + issuer;
    }

    /** Where an issuer's certificate is kept; empty if there is no such issuer. */
    static Optional<String> certificate(String issuer) {
        return switch (issuer) {
            case ETCD_ISSUER -> Optional.of(MaterialNames.ETCD_CA);
            case ETCD_PEER_ISSUER -> Optional.of(MaterialNames.ETCD_PEER_CA);
            case K3S_CLIENT_ISSUER -> Optional.of(MaterialNames.k3sCertificate(K3S_CLIENT_CA));
            default -> Optional.empty();
        };
    }

    static boolean isSigningKey(String name) {
        return name.startsWith(SIGNING);
    }

    static NewMaterial of(String cluster, Instant now, SecureRandom random) {
        Map<String, String> open = new HashMap<>();
        Map<String, Secret> secret = new HashMap<>();
        Authority etcd = authority(cluster + " etcd CA", ETCD_USAGES, now, random);
        open.put(MaterialNames.ETCD_CA, Pem.ofCertificate(etcd.certificate()));
        secret.put(signingKey(ETCD_ISSUER), Pem.ofPrivateKey(etcd.key()));
        Authority peer = authority(cluster + " etcd peer CA", ETCD_USAGES, now, random);
        open.put(MaterialNames.ETCD_PEER_CA, Pem.ofCertificate(peer.certificate()));
        secret.put(signingKey(ETCD_PEER_ISSUER), Pem.ofPrivateKey(peer.key()));
        for (String name : MaterialNames.K3S_CAS) {
            Authority k3s = authority(cluster + " k3s " + name, K3S_USAGES, now, random);
            String pem = Pem.ofCertificate(k3s.certificate());
            open.put(MaterialNames.k3sCertificate(name), pem);
            secret.put(MaterialNames.k3sKey(name), Pem.ofPrivateKey(k3s.key()));
            if (name.equals("server-ca")) {
                // a K10 token carries the SHA-256 of exactly these bytes
                open.put(MaterialNames.K3S_SERVER_CA_HASH, Digests.sha256Hex(pem));
            }
        }
        secret.put(MaterialNames.K3S_SERVICE_KEY, serviceKey(random));
        secret.put(MaterialNames.K3S_SERVER_PASSWORD, password(random));
        secret.put(MaterialNames.K3S_AGENT_PASSWORD, password(random));
        return new NewMaterial(open, secret);
    }

    private static Authority authority(
            String commonName, Set<Usage> usages, Instant now, SecureRandom random) {
        return Authority.selfSigned(
                CertificateTemplate.authority(
                        commonName, usages, now.minus(BACKDATE), now.plus(LIFE)),
                Keys.newP256(random),
                random);
    }

    /** PKCS#1, the only form that k3s is known to take for this file. */
    private static Secret serviceKey(SecureRandom random) {
        try {
            var generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048, random);
            KeyPair pair = generator.generateKeyPair();
            byte[] pkcs1 =
                    PrivateKeyInfo.getInstance(pair.getPrivate().getEncoded())
                            .parsePrivateKey()
                            .toASN1Primitive()
                            .getEncoded();
            return Secret.ofText(Pem.encode("RSA PRIVATE KEY", pkcs1));
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("cannot make an RSA key", e);
        }
    }

    /** Of a token: 256 bits in hex. */
    static Secret password(SecureRandom random) {
        return Secret.ofText(
                HexFormat.of().formatHex(Secret.random(random, PASSWORD_BYTES).reveal()));
    }
}
