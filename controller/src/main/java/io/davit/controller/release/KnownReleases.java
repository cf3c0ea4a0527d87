package io.davit.controller.release;

import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which K3s releases there are, as far as somebody told.
 *
 * @param channels what each channel points at, by the channel's name; a channel without a release
 *     is not there
 * @param versions releases that may be offered
 * @param preReleases published too; who names one gets it, nobody is offered one
 */
public record KnownReleases(
        SortedMap<String, K3sVersion> channels,
        SortedSet<K3sVersion> versions,
        SortedSet<K3sVersion> preReleases) {

    /** The channel that a cluster without a version follows once: K3s' own default. */
    public static final String STABLE = "stable";

    /** Nobody told anything. */
    public static final KnownReleases NONE = of(Map.of(), List.of());

    public KnownReleases {
        channels = Collections.unmodifiableSortedMap(new TreeMap<>(channels));
        versions = Collections.unmodifiableSortedSet(new TreeSet<>(versions));
        preReleases = Collections.unmodifiableSortedSet(new TreeSet<>(preReleases));
    }

    /** Sorts versions by their own grammar: "-rc1" is a pre-release. */
    public static KnownReleases of(
            Map<String, K3sVersion> channels, Collection<K3sVersion> published) {
        var versions = new TreeSet<K3sVersion>();
        var preReleases = new TreeSet<K3sVersion>();
        published.forEach(v -> (v.preRelease().isEmpty() ? versions : preReleases).add(v));
        return new KnownReleases(new TreeMap<>(channels), versions, preReleases);
    }

    /** What both know; of a channel that both know, what this one says. */
    public KnownReleases and(KnownReleases other) {
        var allChannels = new TreeMap<>(other.channels);
        allChannels.putAll(channels);
        var allVersions = new TreeSet<>(versions);
        allVersions.addAll(other.versions);
        var allPreReleases = new TreeSet<>(preReleases);
        allPreReleases.addAll(other.preReleases);
        allPreReleases.removeAll(allVersions);
        return new KnownReleases(allChannels, allVersions, allPreReleases);
    }

    /** Whether this very version is published. */
    public boolean has(K3sVersion version) {
        return versions.contains(version) || preReleases.contains(version);
    }

    /** What the channel stable points at. */
    public Optional<K3sVersion> stable() {
        return Optional.ofNullable(channels.get(STABLE));
    }

    /** The newest release that is no pre-release. */
    public Optional<K3sVersion> newest() {
        return versions.isEmpty() ? Optional.empty() : Optional.of(versions.last());
    }

    /** Some release; empty where none is known. */
    public Optional<K3sVersion> any() {
        return newest().or(() ->
                preReleases.isEmpty() ? Optional.empty() : Optional.of(preReleases.last()));
    }

    /** The newest release of each minor version, newest first. */
    public SortedMap<K3sMinor, K3sVersion> newestPerMinor() {
        var newest = new TreeMap<K3sMinor, K3sVersion>(Comparator.reverseOrder());
        versions.forEach(version -> newest.put(K3sMinor.of(version), version));
        return newest;
    }

    /**
     * Releases that may have been meant, nearest first: those of the same minor version by their
     * distance, then those of the next minor versions, newest first.
     */
    public List<K3sVersion> nearest(K3sVersion wanted, int most) {
        var minor = K3sMinor.of(wanted);
        return versions.stream()
                .sorted(
                        Comparator.comparingInt(
                                        (K3sVersion v) -> Math.abs(v.major() - wanted.major()))
                                .thenComparingInt(v -> Math.abs(v.minor() - wanted.minor()))
                                .thenComparingInt(v ->
                                        K3sMinor.of(v).equals(minor)
                                                ? Math.abs(v.patch() - wanted.patch())
                                                : 0)
                                .thenComparing(Comparator.reverseOrder()))
                .limit(most)
                .toList();
    }
}
