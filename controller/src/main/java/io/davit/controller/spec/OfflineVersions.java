package io.davit.controller.spec;

import io.davit.controller.release.EtcdVersion;
import io.davit.controller.release.K3sVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * For a look at a file without anybody to ask: a version that is left out is the controller's to
 * choose, and is no problem. Keeps what could not be looked at.
 */
public final class OfflineVersions implements DefaultVersions {

    /** Stands in for a version that is left out, so that the rest of the file can be judged. */
    private static final K3sVersion K3S = K3sVersion.parse("v1.34.1+k3s1").orElseThrow();

    private static final EtcdVersion ETCD = EtcdVersion.parse("3.5.16").orElseThrow();

    private final List<String> notChecked = new ArrayList<>();

    @Override
    public Choice<K3sVersion> k3s(String cluster) {
        notChecked.add(
                "k3s.version is left out, and the controller chooses; keys of k3s were held to "
                        + K3S);
        return new Chosen<>(K3S, "");
    }

    @Override
    public Choice<EtcdVersion> etcd(String cluster, K3sVersion k3s) {
        notChecked.add("etcd.version is left out, and the controller chooses");
        return new Chosen<>(ETCD, "");
    }

    @Override
    public Publication publication(String cluster, K3sVersion version) {
        notChecked.add("whether K3s " + version + " is published");
        return new CannotTell("nobody is asked");
    }

    @Override
    public Optional<String> warning(EtcdVersion version) {
        return Optional.empty();
    }

    /** What the controller will look at, in sentences. */
    public List<String> notChecked() {
        var all = new ArrayList<>(notChecked);
        all.add("whether other clusters have the same hosts or virtual IP");
        all.add("what an accepted spec of this cluster does not let change");
        all.add("the hosts themselves");
        return all;
    }
}
