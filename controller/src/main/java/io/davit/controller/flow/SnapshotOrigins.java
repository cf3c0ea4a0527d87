package io.davit.controller.flow;

import io.davit.common.HostId;
import io.davit.controller.snapshot.Snapshot;
import io.davit.controller.snapshot.SnapshotShelf;
import java.util.Map;

/** What a cluster is when a snapshot of it arrives. */
public final class SnapshotOrigins implements SnapshotShelf.Origins {

    private final AcceptedClusters clusters;

    public SnapshotOrigins(AcceptedClusters clusters) {
        this.clusters = clusters;
    }

    @Override
    public Snapshot.Origin of(String cluster, HostId host) {
        var accepted = clusters.load(cluster);
        String name =
                accepted.bindings().byName().entrySet().stream()
                        .filter(binding -> binding.getValue().equals(host))
                        .map(Map.Entry::getKey)
                        .findFirst()
                        .orElseThrow(() ->
                                new IllegalStateException(
                                        "host " + host + " is not bound in cluster " + cluster));
        return new Snapshot.Origin(
                name,
                host.value(),
                accepted.spec().generation(),
                accepted.spec().cluster().k3sVersion().toString(),
                clusters.specYaml(cluster).orElse(""));
    }
}
