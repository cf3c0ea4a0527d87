package io.davit.common;

import java.security.PublicKey;

/**
 * A key as six pronounceable words that two people can compare over the phone: 96 bits of the
 * SHA-256 of the key's SubjectPublicKeyInfo, 16 bits a word,
 * consonant-vowel-consonant-vowel-consonant (proquints, arXiv:0901.4016).
 */
public final class FingerprintWords {

    private static final String CONSONANTS = "bdfghjklmnprstvz";
    private static final String VOWELS = "aiou";

    private FingerprintWords() {}

    public static String of(PublicKey key) {
        byte[] digest = Digests.sha256(key.getEncoded());
        var words = new StringBuilder();
        for (int i = 0; i < 6; i++) {
            int bits = (digest[2 * i] & 0xff) << 8 | (digest[2 * i + 1] & 0xff);
            if (i > 0) {
                words.append(' ');
            }
            words.append(CONSONANTS.charAt(bits >> 12 & 15))
                    .append(VOWELS.charAt(bits >> 10 & 3))
                    .append(CONSONANTS.charAt(bits >> 6 & 15))
                    .append(VOWELS.charAt(bits >> 4 & 3))
                    .append(CONSONANTS.charAt(bits & 15));
        }
        return words.toString();
    }
}
