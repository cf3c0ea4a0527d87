package io.davit.common;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The identity of a host: 128 random bits, given by the controller at enrolment and never used
 * again. A host's name and address may change hands, its HostId may not.
 *
 * @param value 32 lower-case hex digits
 */
public record HostId(String value) implements Comparable<HostId> {

    private static final Pattern GRAMMAR = Pattern.compile("[0-9a-f]{32}");

    public HostId {
        if (!GRAMMAR.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    "cannot read HostId \""
                            + Names.printable(value)
                            + "\": 32 lower-case hex digits are needed");
        }
    }

    /** A new identity. */
    public static HostId random(SecureRandom random) {
        byte[] bits = new byte[16];
        random.nextBytes(bits);
        return new HostId(HexFormat.of().formatHex(bits));
    }

    /** The first 8 digits, for people; never for deciding anything. */
    public String abbreviated() {
        return value.substring(0, 8);
    }

    @Override
    public int compareTo(HostId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
