package io.davit.common;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A version of Davit: {@code 0.2.1}, or {@code 0.2.1-rc.1} for what comes before it. Agents and
 * controllers work together if their minor versions are at most one apart.
 *
 * @param preRelease what follows the hyphen; empty for a release
 */
public record DavitVersion(int major, int minor, int patch, String preRelease)
        implements Comparable<DavitVersion> {

    private static final Pattern FORM =
            Pattern.compile(
                    "(\\d{1,6})\\.(\\d{1,6})\\.(\\d{1,6})(?:-([0-9A-Za-z][0-9A-Za-z.]{0,31}))?");
    private static final Comparator<DavitVersion> ORDER =
            Comparator.comparingInt(DavitVersion::major)
                    .thenComparingInt(DavitVersion::minor)
                    .thenComparingInt(DavitVersion::patch)
                    .thenComparing(version -> version.preRelease().isEmpty())
                    .thenComparing(DavitVersion::preRelease);

    /** Empty if it is no such version. */
    public static Optional<DavitVersion> parse(String text) {
        var matcher = FORM.matcher(text);
        return matcher.matches()
                ? Optional.of(
                        new DavitVersion(
                                Integer.parseInt(matcher.group(1)),
                                Integer.parseInt(matcher.group(2)),
                                Integer.parseInt(matcher.group(3)),
                                Optional.ofNullable(matcher.group(4)).orElse("")))
                : Optional.empty();
    }

    /** Whether an agent of one and a controller of the other work together. */
    public boolean worksWith(DavitVersion other) {
        return major == other.major && Math.abs(minor - other.minor) <= 1;
    }

    /**
     * The name of a build: two builds of one version have two.
     *
     * @param sumsDigest SHA-256 of the build's SHA256SUMS, hex
     */
    public static String build(String version, String sumsDigest) {
        return version + "-" + sumsDigest.substring(0, 12);
    }

    /** Whether it may be the name of a build, and so of a folder. */
    public static boolean isBuild(String name) {
        return name.matches("[0-9][0-9A-Za-z.-]{0,63}-[0-9a-f]{12}");
    }

    @Override
    public int compareTo(DavitVersion other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        String release = major + "." + minor + "." + patch;
        return preRelease.isEmpty() ? release : release + "-" + preRelease;
    }
}
