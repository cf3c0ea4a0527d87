package io.davit.controller.store;

import io.davit.common.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Seals secrets before they reach the store: AES-256-GCM, with the key's id and the record's id as
 * associated data, so that a sealed value copied to another record does not open there.
 */
public final class Sealer {

    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final String keyId;
    private final Secret key;
    private final SecureRandom random;

    /**
     * A sealer with one key.
     *
     * @param keyId names the key within sealed values
     * @param key 32 bytes
     */
    public Sealer(String keyId, Secret key, SecureRandom random) {
        if (key.length() != 32) {
            throw new IllegalArgumentException("cannot seal: the key does not have 32 bytes");
        }
        this.keyId = keyId;
        this.key = key;
        this.random = random;
    }

    /**
     * Seals a secret for one record.
     *
     * @param recordId where it will stand, such as {@code cluster-secret/prod/token}
     */
    public Sealed seal(String recordId, Secret secret) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce, recordId).doFinal(secret.reveal());
            var base64 = Base64.getEncoder();
            return new Sealed(keyId, base64.encodeToString(nonce), base64.encodeToString(sealed));
        } catch (GeneralSecurityException e) {
            throw new StoreException("cannot seal " + recordId, e);
        }
    }

    /**
     * Opens what was sealed for this record.
     *
     * @throws StoreException if it was sealed by another key, for another record, or was changed
     */
    public Secret open(String recordId, Sealed sealed) {
        if (!sealed.keyId().equals(keyId)) {
            throw new StoreException(
                    "cannot open %s: it is sealed by key %s, the key file holds key %s"
                            .formatted(recordId, sealed.keyId(), keyId));
        }
        try {
            var base64 = Base64.getDecoder();
            return Secret.of(
                    cipher(Cipher.DECRYPT_MODE, base64.decode(sealed.nonce()), recordId)
                            .doFinal(base64.decode(sealed.ciphertext())));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new StoreException(
                    "cannot open " + recordId + ": it was changed, or belongs to another record",
                    e);
        }
    }

    private Cipher cipher(int mode, byte[] nonce, String recordId) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(
                mode,
                new SecretKeySpec(key.reveal(), "AES"),
                new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(
                ("davit-seal-1\n" + keyId + "\n" + recordId).getBytes(StandardCharsets.UTF_8));
        return cipher;
    }
}
