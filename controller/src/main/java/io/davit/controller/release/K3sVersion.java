package io.davit.controller.release;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A K3s release, "v1.34.1+k3s1" or "v1.35.0-rc2+k3s1". Ordered as the K3s project counts:
 * Kubernetes version, then pre-releases in their order before the release, then the number after
 * "k3s" (which SemVer would ignore).
 *
 * @param preRelease "alpha", "beta", "rc", or empty for a release
 */
public record K3sVersion(
        int major, int minor, int patch, String preRelease, int preReleaseNumber, int k3s)
        implements Comparable<K3sVersion> {

    private static final Pattern GRAMMAR =
            Pattern.compile(
                    "v(\\d{1,4})\\.(\\d{1,4})\\.(\\d{1,4})(?:-(alpha|beta|rc)(\\d{1,4}))?\\+k3s(\\d{1,4})");

    private static final Comparator<K3sVersion> ORDER =
            Comparator.comparingInt(K3sVersion::major)
                    .thenComparingInt(K3sVersion::minor)
                    .thenComparingInt(K3sVersion::patch)
                    .thenComparing(v -> v.preRelease.isEmpty() ? "release" : v.preRelease)
                    .thenComparingInt(K3sVersion::preReleaseNumber)
                    .thenComparingInt(K3sVersion::k3s);

    /** Reads exactly the published form; empty for anything else. */
    public static Optional<K3sVersion> parse(String text) {
        var match = GRAMMAR.matcher(text);
        if (!match.matches()) {
            return Optional.empty();
        }
        boolean pre = match.group(4) != null;
        return Optional.of(
                new K3sVersion(
                        Integer.parseInt(match.group(1)),
                        Integer.parseInt(match.group(2)),
                        Integer.parseInt(match.group(3)),
                        pre ? match.group(4) : "",
                        pre ? Integer.parseInt(match.group(5)) : 0,
                        Integer.parseInt(match.group(6))));
    }

    /** Whether this is the given Kubernetes minor version or a later one. */
    public boolean atLeast(int wantedMajor, int wantedMinor) {
        return major != wantedMajor ? major > wantedMajor : minor >= wantedMinor;
    }

    @Override
    public int compareTo(K3sVersion other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        String pre = preRelease.isEmpty() ? "" : "-" + preRelease + preReleaseNumber;
        return "v" + major + "." + minor + "." + patch + pre + "+k3s" + k3s;
    }
}
