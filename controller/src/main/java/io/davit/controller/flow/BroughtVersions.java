package io.davit.controller.flow;

import io.davit.controller.artifact.ArtifactStore;
import io.davit.controller.artifact.Imported;
import io.davit.controller.release.EtcdVersion;
import io.davit.controller.release.K3sVersion;
import io.davit.controller.versions.Brought;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The versions of the imported releases that are held. */
public record BroughtVersions(ArtifactStore store) implements Brought {

    @Override
    public List<K3sVersion> k3s() {
        return versions("k3s", K3sVersion::parse);
    }

    @Override
    public List<EtcdVersion> etcd() {
        return versions("etcd", EtcdVersion::parse);
    }

    private <V> List<V> versions(String product, Function<String, Optional<V>> grammar) {
        return store.imported().stream()
                .filter(release -> release.product().equals(product))
                .map(Imported.Release::version)
                .distinct()
                .flatMap(version -> grammar.apply(version).stream())
                .toList();
    }
}
