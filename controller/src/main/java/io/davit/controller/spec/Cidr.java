package io.davit.controller.spec;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A range of IPv4 addresses.
 *
 * @param base its first address, as an unsigned number
 */
public record Cidr(long base, int prefix) {

    private static final Pattern ADDRESS =
            Pattern.compile(
                    "(0|[1-9]\\d{0,2})\\.(0|[1-9]\\d{0,2})\\.(0|[1-9]\\d{0,2})\\.(0|[1-9]\\d{0,2})");

    /** "198.19.0.0/17"; the address must be the first of the range. */
    public static Optional<Cidr> parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !text.substring(slash + 1).matches("[0-9]|[12][0-9]|3[0-2]")) {
            return Optional.empty();
        }
        int prefix = Integer.parseInt(text.substring(slash + 1));
        return address(text.substring(0, slash))
                .filter(base -> base % (1L << (32 - prefix)) == 0)
                .map(base -> new Cidr(base, prefix));
    }

    /** A dotted IPv4 address as an unsigned number. */
    public static Optional<Long> address(String text) {
        var match = ADDRESS.matcher(text);
        if (!match.matches()) {
            return Optional.empty();
        }
        long value = 0;
        for (int i = 1; i <= 4; i++) {
            int part = Integer.parseInt(match.group(i));
            if (part > 255) {
                return Optional.empty();
            }
            value = value << 8 | part;
        }
        return Optional.of(value);
    }

    /** An address that a machine can have: not 0/8, loopback, multicast or reserved. */
    static boolean isHostAddress(String text) {
        return address(text)
                .filter(number -> number >> 24 != 0 && number >> 24 != 127 && number >> 24 < 224)
                .isPresent();
    }

    public boolean contains(long address) {
        return address >= base && address < base + size();
    }

    public boolean overlaps(Cidr other) {
        return base < other.base + other.size() && other.base < base + size();
    }

    public long size() {
        return 1L << (32 - prefix);
    }

    /** The n-th address, counting from 0, as text. */
    public String address(int n) {
        long value = base + n;
        return (value >> 24)
                + "."
                + (value >> 16 & 255)
                + "."
                + (value >> 8 & 255)
                + "."
                + (value & 255);
    }

    @Override
    public String toString() {
        return address(0) + "/" + prefix;
    }
}
