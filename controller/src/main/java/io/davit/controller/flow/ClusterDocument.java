package io.davit.controller.flow;

import io.davit.common.HostId;
import io.davit.controller.plan.ClusterRecord;
import io.davit.controller.store.Table;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A cluster as it is stored.
 *
 * @param specYaml the accepted spec, as it was given
 * @param bindings spec host name → HostId
 * @param record the marks that make a bootstrap happen once; its generation is that of the accepted
 *     spec
 * @param runningOperation the one operation that may act on it now
 */
record ClusterDocument(
        String name,
        String specYaml,
        Map<String, HostId> bindings,
        ClusterRecord record,
        Optional<String> runningOperation) {

    /** By name. */
    static final Table<ClusterDocument> TABLE = new Table<>("cluster", ClusterDocument.class);

    /** Clusters that were taken down, as "NAME.OPERATION". */
    static final Table<ClusterDocument> ENDED = new Table<>("cluster-ended", ClusterDocument.class);

    /** Every accepted spec, by cluster and generation; never changed. */
    static final Table<SpecDocument> SPECS = new Table<>("cluster-spec", SpecDocument.class);

    ClusterDocument {
        bindings = Collections.unmodifiableSortedMap(new TreeMap<>(bindings));
    }

    /** An accepted spec. */
    record SpecDocument(String yaml, String acceptedBy) {}

    ClusterDocument withRecord(ClusterRecord next) {
        return new ClusterDocument(name, specYaml, bindings, next, runningOperation);
    }

    ClusterDocument without(String host) {
        var left = new TreeMap<>(bindings);
        left.remove(host);
        return new ClusterDocument(
                name, specYaml, left, record.withoutHost(host), runningOperation);
    }

    ClusterDocument withRunning(Optional<String> operation) {
        return new ClusterDocument(name, specYaml, bindings, record, operation);
    }
}
