package io.davit.controller.plan;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The published files that can be had, with their checksums.
 *
 * @param files by {@link #key}
 * @param packageSets OS packages that the controller holds for hosts without a mirror
 * @param problem why nothing is known, with its remedy; empty where the source was read
 */
public record Catalog(
        Map<String, ArtifactFile> files, List<PackageSet> packageSets, Optional<Problem> problem) {

    /** The source could not be read. */
    public record Problem(String cause, String remedy) {}

    /** A source that was read. */
    public Catalog(Map<String, ArtifactFile> files) {
        this(files, List.of(), Optional.empty());
    }

    public static Catalog of(Collection<ArtifactFile> files) {
        var map = new TreeMap<String, ArtifactFile>();
        files.forEach(file -> map.put(key(file.artifact(), file.version(), file.arch()), file));
        return new Catalog(map);
    }

    public static Catalog unknown(String cause, String remedy) {
        return new Catalog(Map.of(), List.of(), Optional.of(new Problem(cause, remedy)));
    }

    public Catalog {
        files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
        packageSets = List.copyOf(packageSets);
    }

    /** The same with these sets of OS packages. */
    public Catalog with(List<PackageSet> sets) {
        return new Catalog(files, sets, problem);
    }

    /** The set for hosts of this OS release ("debian-12") that has this package. */
    public Optional<PackageSet> packageSet(String release, String arch, String packageName) {
        return packageSets.stream()
                .filter(set -> set.file().version().equals(release))
                .filter(set -> set.file().arch().equals(arch))
                .filter(set -> set.packages().containsKey(packageName))
                .findFirst();
    }

    public static String key(String artifact, String version, String arch) {
        return artifact + " " + version + " " + arch;
    }

    public Optional<ArtifactFile> find(String artifact, String version, String arch) {
        return Optional.ofNullable(files.get(key(artifact, version, arch)));
    }

    /**
     * A published file.
     *
     * @param artifact "etcd", "k3s", "k3s-images", "os-packages"
     * @param version as published; of OS packages their OS release, "debian-12"
     * @param sha256 lower-case hex, as published
     */
    public record ArtifactFile(
            String artifact,
            String version,
            String arch,
            String fileName,
            String sha256,
            long sizeBytes) {}

    /**
     * OS packages with all that they need, in one file.
     *
     * @param packages those that hosts are told to install, with their versions
     */
    public record PackageSet(ArtifactFile file, Map<String, String> packages) {

        public PackageSet {
            packages = Collections.unmodifiableSortedMap(new TreeMap<>(packages));
        }
    }
}
