package io.davit.controller.versions;

import io.davit.controller.release.EtcdCatalog;
import io.davit.controller.release.EtcdVersion;
import io.davit.controller.release.K3sMinor;
import io.davit.controller.release.K3sVersion;
import io.davit.controller.spec.DefaultVersions.Choice;
import io.davit.controller.spec.DefaultVersions.Chosen;
import io.davit.controller.spec.DefaultVersions.NotChosen;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Which etcd a cluster gets that names none: the one that the table {@code etcd-versions.tsv} has
 * for its K3s. Where etcd comes from a directory, the newest patch there of that minor version; for
 * a K3s that came in a bundle, the etcd that came, unless it is newer.
 */
public final class EtcdReleases {

    private final EtcdCatalog catalog;
    private final Optional<Path> directory;
    private final Brought brought;

    private EtcdReleases(EtcdCatalog catalog, Optional<Path> directory, Brought brought) {
        this.catalog = catalog;
        this.directory = directory;
        this.brought = brought;
    }

    /**
     * With the table that is built in.
     *
     * @param artifacts base URL or absolute directory of etcd's releases
     */
    public static EtcdReleases of(String artifacts) {
        return of(artifacts, Brought.NOTHING);
    }

    /** The same where bundles may have brought some. */
    public static EtcdReleases of(String artifacts, Brought brought) {
        try (var table = EtcdReleases.class.getResourceAsStream("etcd-versions.tsv")) {
            if (table == null) {
                throw new IllegalStateException(
                        "cannot read etcd-versions.tsv: it is not in the package");
            }
            return new EtcdReleases(
                    EtcdCatalog.parse(new String(table.readAllBytes(), StandardCharsets.UTF_8)),
                    artifacts.startsWith("/") ? Optional.of(Path.of(artifacts)) : Optional.empty(),
                    brought);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read etcd-versions.tsv", e);
        }
    }

    /** The etcd for this K3s. */
    public Choice<EtcdVersion> forK3s(K3sVersion k3s) {
        var fit = catalog.fit(k3s);
        var minor = K3sMinor.of(k3s);
        String note =
                fit.listedFor().equals(minor)
                        ? "goes with K3s " + minor
                        : "that of K3s %s; this Davit has no line for %s"
                                .formatted(fit.listedFor(), minor);
        var came = came(k3s, fit.etcd());
        if (came.isPresent()) {
            return new Chosen<>(came.get(), note + ", of those that came in bundles");
        }
        return directory
                .map(d -> there(d, fit.etcd(), note))
                .orElseGet(() -> new Chosen<>(fit.etcd(), note));
    }

    /** Of a minor version newer than that of the table nobody knows whether it fits. */
    private Optional<EtcdVersion> came(K3sVersion k3s, EtcdVersion wanted) {
        if (!brought.k3s().contains(k3s)) {
            return Optional.empty();
        }
        return brought.etcd().stream()
                .filter(v ->
                        v.major() < wanted.major()
                                || v.major() == wanted.major() && v.minor() <= wanted.minor())
                .max(EtcdVersion::compareTo);
    }

    private static Choice<EtcdVersion> there(Path directory, EtcdVersion wanted, String note) {
        try {
            return ReleaseDirectory.versions(
                            directory,
                            name ->
                                    name.startsWith("v")
                                            ? EtcdVersion.parse(name.substring(1))
                                            : Optional.empty())
                    .stream()
                    .filter(v -> v.major() == wanted.major() && v.minor() == wanted.minor())
                    .max(EtcdVersion::compareTo)
                    .<Choice<EtcdVersion>>map(
                            v -> new Chosen<>(v, note + ", newest in " + directory))
                    .orElseGet(() ->
                            new NotChosen<>(
                                    "there is no etcd %d.%d in %s"
                                            .formatted(wanted.major(), wanted.minor(), directory)));
        } catch (IOException e) {
            return new NotChosen<>(String.valueOf(e.getMessage()));
        }
    }

    /** What a person should know of this etcd; empty where there is nothing. */
    public Optional<String> warning(EtcdVersion etcd) {
        if (!catalog.maintained(etcd)) {
            return Optional.of(
                    "etcd %s is of a minor version that gets no security fixes any more"
                            .formatted(etcd));
        }
        return catalog.saferThan(etcd)
                .map(floor ->
                        "etcd %s has known security holes; %s has them mended"
                                .formatted(etcd, floor));
    }
}
