package io.davit.controller.plan;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The published files that can be had, with their checksums. */
public record Catalog(Map<String, ArtifactFile> files) {

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
