package io.davit.controller.store;

/**
 * A sealed secret, fit for storing.
 *
 * @param keyId which key sealed it
 * @param nonce 96 random bits, base64
 * @param ciphertext with the authentication tag behind it, base64
 */
public record Sealed(String keyId, String nonce, String ciphertext) {}
