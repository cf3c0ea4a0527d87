package io.davit.controller.release;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Pattern;

/** A minor version of K3s, "v1.34": what its releases share. */
public record K3sMinor(int major, int minor) implements Comparable<K3sMinor> {

    private static final Pattern GRAMMAR = Pattern.compile("v(\\d{1,4})\\.(\\d{1,4})");
    private static final Comparator<K3sMinor> ORDER =
            Comparator.comparingInt(K3sMinor::major).thenComparingInt(K3sMinor::minor);

    /** The minor version of a release. */
    public static K3sMinor of(K3sVersion version) {
        return new K3sMinor(version.major(), version.minor());
    }

    /** Reads exactly "v1.34"; empty for anything else. */
    public static Optional<K3sMinor> parse(String text) {
        var match = GRAMMAR.matcher(text);
        return match.matches()
                ? Optional.of(
                        new K3sMinor(
                                Integer.parseInt(match.group(1)), Integer.parseInt(match.group(2))))
                : Optional.empty();
    }

    @Override
    public int compareTo(K3sMinor other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return "v" + major + "." + minor;
    }
}
