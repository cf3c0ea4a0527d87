package io.davit.common;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import java.util.HexFormat;

/**
 * EC keys (P-256 for everything that meets TLS: BoringSSL takes no Ed25519 certificates) and
 * signatures by them.
 */
public final class Keys {

    private Keys() {}

    /** A new P-256 key pair. */
    public static KeyPair newP256(SecureRandom random) {
        return newKeyPair("secp256r1", random);
    }

    /** A new P-384 key pair, for roots. */
    public static KeyPair newP384(SecureRandom random) {
        return newKeyPair("secp384r1", random);
    }

    private static KeyPair newKeyPair(String curve, SecureRandom random) {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec(curve), random);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot make an EC key on " + curve, e);
        }
    }

    /** Whether this is an EC key on P-256. */
    public static boolean isP256(PublicKey key) {
        return key instanceof ECPublicKey ec && ec.getParams().toString().contains("secp256r1");
    }

    /**
     * SHA-256 of the SubjectPublicKeyInfo, base64url without padding: the form of a token's pin.
     */
    public static String pin(PublicKey key) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(Digests.sha256(key.getEncoded()));
    }

    /** SHA-256 of the SubjectPublicKeyInfo in hex: how a key is remembered. */
    public static String spkiSha256(PublicKey key) {
        return HexFormat.of().formatHex(Digests.sha256(key.getEncoded()));
    }

    /** ECDSA with SHA-256, DER form. */
    public static byte[] sign(PrivateKey key, byte[] message) {
        try {
            var signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(key);
            signature.update(message);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot sign", e);
        }
    }

    /** Whether this is the key's signature over the message; false for anything malformed. */
    public static boolean verify(PublicKey key, byte[] message, byte[] signed) {
        try {
            var signature = Signature.getInstance("SHA256withECDSA");
            signature.initVerify(key);
            signature.update(message);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /**
     * What an agent signs at enrolment: bound to the nonce and to the server certificate it saw.
     */
    public static byte[] enrolmentMessage(byte[] nonce, byte[] serverCertificateDer) {
        byte[] prefix = "dvt1-enrol".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        byte[] digest = Digests.sha256(serverCertificateDer);
        byte[] message = new byte[prefix.length + nonce.length + digest.length];
        System.arraycopy(prefix, 0, message, 0, prefix.length);
        System.arraycopy(nonce, 0, message, prefix.length, nonce.length);
        System.arraycopy(digest, 0, message, prefix.length + nonce.length, digest.length);
        return message;
    }
}
