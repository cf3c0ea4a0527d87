package io.davit.common;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Certificates and keys as PEM. One writer, so that the same certificate always has the same bytes
 * (K10 hashes exactly them).
 */
public final class Pem {

    /** Far more than any chain of ours; bounds what a peer can make us read. */
    private static final int MAX_CERTIFICATES = 16;

    private Pem() {}

    /** Any DER as PEM: 64 columns, line feeds, one at the end. */
    public static String encode(String type, byte[] der) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n";
    }

    public static String ofCertificate(X509Certificate certificate) {
        try {
            return encode("CERTIFICATE", certificate.getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("cannot encode certificate", e);
        }
    }

    public static String ofCertificates(List<X509Certificate> certificates) {
        var pem = new StringBuilder();
        certificates.forEach(certificate -> pem.append(ofCertificate(certificate)));
        return pem.toString();
    }

    /** PKCS#8. */
    public static Secret ofPrivateKey(PrivateKey key) {
        return Secret.ofText(encode("PRIVATE KEY", key.getEncoded()));
    }

    /**
     * All certificates in order.
     *
     * @throws IllegalArgumentException if there is none, more than 16, or one that cannot be read
     */
    public static List<X509Certificate> certificates(String pem) {
        var found = new ArrayList<X509Certificate>();
        for (byte[] der : blocks("CERTIFICATE", pem)) {
            found.add(certificate(der));
        }
        if (found.isEmpty()) {
            throw new IllegalArgumentException(
                    "cannot read certificates: there is no CERTIFICATE block");
        }
        return List.copyOf(found);
    }

    /** One certificate from DER. */
    public static X509Certificate certificate(byte[] der) {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(der));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("cannot read certificate: " + e.getMessage(), e);
        }
    }

    /** An EC private key from PKCS#8 PEM. */
    public static PrivateKey ecPrivateKey(Secret pem) {
        var blocks = blocks("PRIVATE KEY", pem.revealText());
        if (blocks.size() != 1) {
            throw new IllegalArgumentException(
                    "cannot read private key: one PRIVATE KEY block is needed");
        }
        try {
            return KeyFactory.getInstance("EC")
                    .generatePrivate(new PKCS8EncodedKeySpec(blocks.getFirst()));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    "cannot read private key: it is not an EC key in PKCS#8");
        }
    }

    private static List<byte[]> blocks(String type, String pem) {
        String begin = "-----BEGIN " + type + "-----";
        String end = "-----END " + type + "-----";
        var blocks = new ArrayList<byte[]>();
        int at = pem.indexOf(begin);
        while (at >= 0) {
            int stop = pem.indexOf(end, at);
            if (stop < 0 || blocks.size() == MAX_CERTIFICATES) {
                throw new IllegalArgumentException(
                        "cannot read PEM: a "
                                + type
                                + " block does not end, or there are too many");
            }
            byte[] body =
                    pem.substring(at + begin.length(), stop).getBytes(StandardCharsets.US_ASCII);
            try {
                blocks.add(Base64.getMimeDecoder().decode(body));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "cannot read PEM: a " + type + " block is not base64");
            }
            at = pem.indexOf(begin, stop);
        }
        return blocks;
    }
}
