package io.davit.controller.versions;

import io.davit.controller.release.EtcdVersion;
import io.davit.controller.release.K3sVersion;
import java.util.Collection;
import java.util.List;

/** Which versions people brought in bundles, and are held still. */
public interface Brought {

    /** Nothing was brought. */
    Brought NOTHING =
            new Brought() {
                @Override
                public Collection<K3sVersion> k3s() {
                    return List.of();
                }

                @Override
                public Collection<EtcdVersion> etcd() {
                    return List.of();
                }
            };

    /** Versions of K3s. */
    Collection<K3sVersion> k3s();

    /** Versions of etcd. */
    Collection<EtcdVersion> etcd();
}
