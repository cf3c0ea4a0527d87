package io.davit.common;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/**
 * A PKCS#10 request as Davit uses it: a public key and the proof that the sender has the private
 * one. Names in it are neither written nor read (CVE-2022-36103, CVE-2021-27098 and their like).
 */
public final class Csr {

    /** A P-256 request has some 200 bytes. */
    private static final int MAX_BYTES = 4096;

    private Csr() {}

    /** DER, with an empty subject. */
    public static byte[] of(KeyPair pair) {
        try {
            var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate());
            return new JcaPKCS10CertificationRequestBuilder(new X500Name(""), pair.getPublic())
                    .build(signer)
                    .getEncoded();
        } catch (OperatorCreationException | IOException e) {
            throw new IllegalStateException("cannot make a certificate request", e);
        }
    }

    /**
     * The request's public key, once its signature is checked and the key is on P-256.
     *
     * @throws IllegalArgumentException if anything about it is wrong
     */
    public static PublicKey verifiedKey(byte[] der) {
        if (der.length > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "cannot accept certificate request: more than " + MAX_BYTES + " bytes");
        }
        try {
            var request = new PKCS10CertificationRequest(der);
            var key =
                    KeyFactory.getInstance("EC")
                            .generatePublic(
                                    new X509EncodedKeySpec(
                                            request.getSubjectPublicKeyInfo().getEncoded()));
            if (!Keys.isP256(key)) {
                throw new IllegalArgumentException(
                        "cannot accept certificate request: its key is not on P-256");
            }
            if (!request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
                throw new IllegalArgumentException(
                        "cannot accept certificate request: its signature is wrong");
            }
            return key;
        } catch (IOException
                | GeneralSecurityException
                | PKCSException
                | OperatorCreationException e) {
            throw new IllegalArgumentException(
                    "cannot accept certificate request: it is malformed");
        }
    }
}
