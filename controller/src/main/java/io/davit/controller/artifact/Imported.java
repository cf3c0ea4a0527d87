package io.davit.controller.artifact;

import io.davit.common.Digests;
import io.davit.controller.plan.Catalog.ArtifactFile;
import io.davit.controller.store.Records;
import io.davit.controller.store.StateStore;
import io.davit.controller.store.Table;
import io.davit.controller.store.Transaction;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What people brought in bundles. While its files are held nobody else is asked for such a release.
 */
public final class Imported {

    private static final Table<Release> TABLE = new Table<>("imported", Release.class);

    private final Records records;

    Imported(StateStore store) {
        this.records = new Records(store);
    }

    /**
     * One release for one architecture.
     *
     * @param product "k3s", "etcd", "os-packages"
     * @param version as published; of OS packages their OS release
     * @param packages of OS packages: those that hosts are told to install, with their versions
     * @param bundle SHA-256 of the bundle that brought it
     */
    public record Release(
            String product,
            String version,
            String arch,
            List<ArtifactFile> files,
            Map<String, String> packages,
            String bundle,
            Instant at) {

        public Release {
            files = List.copyOf(files);
            packages = Map.copyOf(packages);
        }

        private boolean saysTheSame(Release other) {
            return files.equals(other.files) && packages.equals(other.packages);
        }
    }

    Optional<Release> find(String product, String version, String arch) {
        return records.find(TABLE, id(product, version, arch));
    }

    /** All that was brought, held or not. */
    List<Release> all() {
        return records.all(TABLE).stream().map(row -> row.value()).toList();
    }

    /** Writes it into a transaction, unless exactly this was brought before. */
    public static void put(Transaction transaction, Release release) {
        String id = id(release.product(), release.version(), release.arch());
        if (transaction.find(TABLE, id).filter(release::saysTheSame).isEmpty()) {
            transaction.put(TABLE, id, release);
        }
    }

    private static String id(String product, String version, String arch) {
        return Digests.sha256Hex(product + " " + version + " " + arch);
    }
}
