package io.davit.controller.release;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Pattern;

/** An etcd release, "3.5.16". */
public record EtcdVersion(int major, int minor, int patch) implements Comparable<EtcdVersion> {

    private static final Pattern GRAMMAR = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})\\.(\\d{1,4})");

    private static final Comparator<EtcdVersion> ORDER =
            Comparator.comparingInt(EtcdVersion::major)
                    .thenComparingInt(EtcdVersion::minor)
                    .thenComparingInt(EtcdVersion::patch);

    /** Reads exactly "x.y.z"; empty for anything else. */
    public static Optional<EtcdVersion> parse(String text) {
        var match = GRAMMAR.matcher(text);
        if (!match.matches()) {
            return Optional.empty();
        }
        return Optional.of(
                new EtcdVersion(
                        Integer.parseInt(match.group(1)),
                        Integer.parseInt(match.group(2)),
                        Integer.parseInt(match.group(3))));
    }

    /** Whether this is the given minor version or a later one. */
    public boolean atLeast(int wantedMajor, int wantedMinor) {
        return major != wantedMajor ? major > wantedMajor : minor >= wantedMinor;
    }

    @Override
    public int compareTo(EtcdVersion other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return major + "." + minor + "." + patch;
    }
}
