package io.davit.controller.release;

import java.util.Collections;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which etcd goes with which minor version of K3s, and below which patch an etcd has known holes.
 * Read from {@code etcd-versions.tsv}; what a line rests on stands beside it.
 */
public final class EtcdCatalog {

    private final TreeMap<K3sMinor, EtcdVersion> byMinor = new TreeMap<>();
    private final TreeMap<String, EtcdVersion> floors = new TreeMap<>();

    private EtcdCatalog() {}

    /**
     * The etcd to take for a K3s.
     *
     * @param listedFor the minor version whose line it is; another one where this K3s is newer or
     *     older than every line
     */
    public record Fit(EtcdVersion etcd, K3sMinor listedFor) {}

    /**
     * Reads the table: {@code k3s MINOR ETCD NOTE} and {@code floor MINOR ETCD NOTE}, tabs between.
     *
     * @throws IllegalStateException naming a line that is none
     */
    public static EtcdCatalog parse(String table) {
        var catalog = new EtcdCatalog();
        for (String line : table.lines().toList()) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String[] cells = line.split("\t", -1);
            var minor =
                    cells.length == 4 ? K3sMinor.parse("v" + cells[1]) : Optional.<K3sMinor>empty();
            var etcd =
                    cells.length == 4 ? EtcdVersion.parse(cells[2]) : Optional.<EtcdVersion>empty();
            if (minor.isEmpty() || etcd.isEmpty() || cells[3].isBlank()) {
                throw new IllegalStateException(
                        "cannot read line \"" + line + "\" of etcd-versions.tsv");
            }
            switch (cells[0]) {
                case "k3s" -> catalog.byMinor.put(minor.get(), etcd.get());
                case "floor" -> catalog.floors.put(cells[1], etcd.get());
                default ->
                        throw new IllegalStateException(
                                "cannot read line \"" + line + "\" of etcd-versions.tsv");
            }
        }
        if (catalog.byMinor.isEmpty()) {
            throw new IllegalStateException("cannot use etcd-versions.tsv: it has no K3s in it");
        }
        return catalog;
    }

    /**
     * The etcd for a K3s: of its own line, else of the nearest older one, else of the oldest. An
     * API server speaks to an etcd that is older than the one it was built beside.
     */
    public Fit fit(K3sVersion k3s) {
        var entry = byMinor.floorEntry(K3sMinor.of(k3s));
        var found = entry == null ? byMinor.firstEntry() : entry;
        return new Fit(found.getValue(), found.getKey());
    }

    /** The oldest patch of this etcd's minor version without holes that are known here. */
    public Optional<EtcdVersion> saferThan(EtcdVersion etcd) {
        return Optional.ofNullable(floors.get(etcd.major() + "." + etcd.minor()))
                .filter(floor -> etcd.compareTo(floor) < 0);
    }

    /** Whether security fixes are known for this etcd's minor version at all. */
    public boolean maintained(EtcdVersion etcd) {
        return Collections.max(floors.values()).compareTo(etcd) <= 0
                || floors.containsKey(etcd.major() + "." + etcd.minor());
    }
}
