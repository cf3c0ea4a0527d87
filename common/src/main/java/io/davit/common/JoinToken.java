package io.davit.common;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What a machine needs to become a host: {@code dvt1.<id>.<secret>.<pin>[,<pin2>]}. The prefix lets
 * scanners find leaked ones.
 *
 * @param id 10 characters of [a-z2-7]; public
 * @param secret 32 bytes
 * @param pins one or two SHA-256 digests (base64url, 43 characters) of the controller root's
 *     SubjectPublicKeyInfo; two while the root is being replaced
 */
public record JoinToken(String id, Secret secret, List<String> pins) {

    private static final String PREFIX = "dvt1";
    private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
    private static final Pattern ID = Pattern.compile("[a-z2-7]{10}");
    private static final Pattern BASE64URL_32 = Pattern.compile("[A-Za-z0-9_-]{43}");

    public JoinToken {
        pins = List.copyOf(pins);
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException(
                    "cannot read token: its id is not 10 characters of a-z and 2-7");
        }
        if (secret.length() != 32) {
            throw new IllegalArgumentException(
                    "cannot read token " + id + ": its secret is not 32 bytes");
        }
        if (pins.isEmpty() || pins.size() > 2) {
            throw new IllegalArgumentException(
                    "cannot read token " + id + ": one or two pins are needed");
        }
        for (String pin : pins) {
            if (!BASE64URL_32.matcher(pin).matches()) {
                throw new IllegalArgumentException(
                        "cannot read token " + id + ": its pin is not a SHA-256 in base64url");
            }
        }
    }

    /** A new token for controllers with these root pins. */
    public static JoinToken random(SecureRandom random, List<String> pins) {
        var id = new StringBuilder();
        for (int i = 0; i < 10; i++) {
            id.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return new JoinToken(id.toString(), Secret.random(random, 32), pins);
    }

    /**
     * Reads the printed form.
     *
     * @throws IllegalArgumentException naming the wrong part, never the secret
     */
    public static JoinToken parse(String text) {
        String[] parts = text.strip().split("\\.", -1);
        if (parts.length != 4 || !parts[0].equals(PREFIX)) {
            throw new IllegalArgumentException(
                    "cannot read token: it does not have the form dvt1.<id>.<secret>.<pin>");
        }
        if (!BASE64URL_32.matcher(parts[2]).matches()) {
            throw new IllegalArgumentException(
                    "cannot read token: its secret is not 43 characters of base64url");
        }
        var pins = new ArrayList<String>();
        for (String pin : parts[3].split(",", -1)) {
            pins.add(pin);
        }
        return new JoinToken(parts[1], Secret.of(Base64.getUrlDecoder().decode(parts[2])), pins);
    }

    /** The printed form, secret included; shown once. */
    public String reveal() {
        String shownSecret =
                Base64.getUrlEncoder().withoutPadding().encodeToString(secret.reveal());
        return PREFIX + "." + id + "." + shownSecret + "." + String.join(",", pins);
    }

    @Override
    public String toString() {
        return PREFIX + "." + id + ".***";
    }
}
