package io.davit.controller.plan;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The published files that can be had, with their checksums.
 *
 * @param files by {@link #key}
 * @param problem why nothing is known, with its remedy; empty where the source was read
 */
public record Catalog(Map<String, ArtifactFile> files, Optional<Problem> problem) {

    /** The source could not be read. */
    public record Problem(String cause, String remedy) {}

    /** A source that was read. */
    public Catalog(Map<String, ArtifactFile> files) {
        this(files, Optional.empty());
    }

    public static Catalog of(Collection<ArtifactFile> files) {
        var map = new TreeMap<String, ArtifactFile>();
        files.forEach(file -> map.put(key(file.artifact(), file.version(), file.arch()), file));
        return new Catalog(map, Optional.empty());
    }

    public static Catalog unknown(String cause, String remedy) {
        return new Catalog(Map.of(), Optional.of(new Problem(cause, remedy)));
    }

    public Catalog {
        files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
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
     * @param artifact "etcd", "k3s", "k3s-images"
     * @param sha256 lower-case hex, as published
     */
    public record ArtifactFile(
            String artifact,
            String version,
            String arch,
            String fileName,
            String sha256,
            long sizeBytes) {}
}
