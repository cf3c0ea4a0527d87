package io.davit.controller.bundle;

import io.davit.common.StrictTar;
import io.davit.controller.plan.Catalog.ArtifactFile;
import io.davit.controller.release.EtcdVersion;
import io.davit.controller.release.K3sVersion;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A file of a bundle. Its place in the tar follows from what it is, so that no other name can be
 * there; releases lie as they do in a directory of releases.
 *
 * @param kind {@link #KINDS}
 * @param version "v1.34.1+k3s1", "3.5.16", of OS packages their release: "debian-12"
 * @param arch "amd64", "arm64"; of etcd's checksums "all"
 * @param sha256 lower-case hex
 * @param packages of OS packages: those that hosts are told to install, with their versions
 */
public record BundleItem(
        String kind,
        String version,
        String arch,
        String fileName,
        String sha256,
        long sizeBytes,
        Map<String, String> packages) {

    static final String K3S = "k3s";
    static final String K3S_IMAGES = "k3s-images";
    static final String K3S_CHECKSUMS = "k3s-checksums";
    static final String ETCD = "etcd";
    static final String ETCD_CHECKSUMS = "etcd-checksums";
    static final String OS_PACKAGES = "os-packages";

    private static final Set<String> KINDS =
            Set.of(K3S, K3S_IMAGES, K3S_CHECKSUMS, ETCD, ETCD_CHECKSUMS, OS_PACKAGES);
    private static final Set<String> ARCHS = Set.of("amd64", "arm64");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern PACKAGE = Pattern.compile("[a-z0-9][a-z0-9+.-]{1,60}");
    private static final Pattern PACKAGE_VERSION = Pattern.compile("[0-9][A-Za-z0-9.+:~-]{0,100}");

    public BundleItem {
        packages = Collections.unmodifiableSortedMap(new TreeMap<>(packages));
    }

    /** A published file. */
    static BundleItem of(ArtifactFile file, Map<String, String> packages) {
        return new BundleItem(
                file.artifact(),
                file.version(),
                file.arch(),
                file.fileName(),
                file.sha256(),
                file.sizeBytes(),
                packages);
    }

    /** The name that a file of this kind has; an images archive tells its compression by it. */
    private Pattern fileNames() {
        String name =
                switch (kind) {
                    case K3S -> arch.equals("amd64") ? "k3s" : "k3s-" + arch;
                    case K3S_IMAGES -> "k3s-airgap-images-" + arch + "\\.tar(\\.gz|\\.zst)?";
                    case K3S_CHECKSUMS -> "sha256sum-" + arch + "\\.txt";
                    case ETCD -> "etcd-v" + version + "-linux-" + arch + "\\.tar\\.gz";
                    case ETCD_CHECKSUMS -> "SHA256SUMS";
                    case OS_PACKAGES -> "os-packages-" + version + "-" + arch + "\\.tar";
                    default -> "";
                };
        return Pattern.compile(name);
    }

    /** Where it is in the tar. */
    String path() {
        return switch (product()) {
            case K3S -> "k3s/" + version + "/" + fileName;
            case ETCD -> "etcd/v" + version + "/" + fileName;
            default -> "os/" + fileName;
        };
    }

    /** "k3s", "etcd", "os-packages". */
    String product() {
        return switch (kind) {
            case K3S, K3S_IMAGES, K3S_CHECKSUMS -> K3S;
            case ETCD, ETCD_CHECKSUMS -> ETCD;
            default -> OS_PACKAGES;
        };
    }

    boolean isChecksums() {
        return kind.equals(K3S_CHECKSUMS) || kind.equals(ETCD_CHECKSUMS);
    }

    /** As hosts fetch it; not of checksums. */
    ArtifactFile file() {
        return new ArtifactFile(kind, version, arch, fileName, sha256, sizeBytes);
    }

    /** What is wrong with it, if anything. */
    Optional<String> problem() {
        if (!KINDS.contains(kind)) {
            return Optional.of("this Davit knows no such kind; a newer one made it?");
        }
        if (!isVersion()) {
            return Optional.of("its version is none of this kind");
        }
        if (!(kind.equals(ETCD_CHECKSUMS) ? arch.equals("all") : ARCHS.contains(arch))) {
            return Optional.of("its architecture is neither amd64 nor arm64");
        }
        if (!fileNames().matcher(fileName).matches() || !StrictTar.isName(path())) {
            return Optional.of("a file of this kind is not called so");
        }
        if (!SHA256.matcher(sha256).matches()) {
            return Optional.of("its SHA-256 is not 64 lower-case hex digits");
        }
        if (sizeBytes <= 0 || sizeBytes > StrictTar.LONGEST_FILE) {
            return Optional.of("its size is " + sizeBytes);
        }
        boolean named =
                packages.entrySet().stream()
                        .allMatch(entry ->
                                PACKAGE.matcher(entry.getKey()).matches()
                                        && PACKAGE_VERSION.matcher(entry.getValue()).matches());
        return named && packages.isEmpty() != kind.equals(OS_PACKAGES)
                ? Optional.empty()
                : Optional.of("the packages that it names are none");
    }

    private boolean isVersion() {
        return switch (product()) {
            case K3S -> K3sVersion.parse(version).isPresent();
            case ETCD -> EtcdVersion.parse(version).isPresent();
            default -> OsRelease.KNOWN.contains(version);
        };
    }
}
