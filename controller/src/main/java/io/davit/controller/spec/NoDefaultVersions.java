package io.davit.controller.spec;

import io.davit.controller.release.EtcdVersion;
import io.davit.controller.release.K3sVersion;
import java.util.Optional;

/** Nobody to ask. */
final class NoDefaultVersions implements DefaultVersions {

    private static final String NOBODY = "nobody is asked for one";

    @Override
    public Choice<K3sVersion> k3s(String cluster) {
        return new NotChosen<>(NOBODY);
    }

    @Override
    public Choice<EtcdVersion> etcd(String cluster, K3sVersion k3s) {
        return new NotChosen<>(NOBODY);
    }

    @Override
    public Publication publication(String cluster, K3sVersion version) {
        return new CannotTell(NOBODY);
    }

    @Override
    public Optional<String> warning(EtcdVersion version) {
        return Optional.empty();
    }
}
