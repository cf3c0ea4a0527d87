package io.davit.common;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * Bytes that must not be seen: prints as {@code ***}, compares in constant time, is given away only
 * by {@link #reveal()}.
 */
public final class Secret {

    private final byte[] bytes;

    private Secret(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Wraps a copy of these bytes. */
    public static Secret of(byte[] bytes) {
        return new Secret(bytes.clone());
    }

    /** Wraps the UTF-8 form of this text. */
    public static Secret ofText(String text) {
        return new Secret(text.getBytes(StandardCharsets.UTF_8));
    }

    /** New random bytes. */
    public static Secret random(SecureRandom random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return new Secret(bytes);
    }

    /**
     * A copy of the bytes; the caller keeps it as short as it can and out of every log, message and
     * command line.
     */
    public byte[] reveal() {
        return bytes.clone();
    }

    /** The bytes as UTF-8 text; same duty as {@link #reveal()}. */
    public String revealText() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    public int length() {
        return bytes.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && MessageDigest.isEqual(bytes, secret.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(Digests.sha256(bytes));
    }

    @Override
    public String toString() {
        return "***";
    }
}
