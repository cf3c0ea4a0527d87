package io.davit.controller.spec;

import io.davit.controller.release.EtcdVersion;
import io.davit.controller.release.K3sVersion;
import io.davit.controller.release.KnownReleases;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Five published K3s versions; whether one of them is stable is the test's. */
record FakeVersions(Optional<K3sVersion> stable) implements DefaultVersions {

    private static final KnownReleases PUBLISHED =
            KnownReleases.of(
                    Map.of(),
                    List.of(
                            version("v1.21.2+k3s1"),
                            version("v1.33.5+k3s1"),
                            version("v1.34.1+k3s1"),
                            version("v1.34.2+k3s1"),
                            version("v1.35.0+k3s1")));

    static FakeVersions away() {
        return new FakeVersions(Optional.empty());
    }

    static FakeVersions stable(String version) {
        return new FakeVersions(Optional.of(version(version)));
    }

    private static K3sVersion version(String text) {
        return K3sVersion.parse(text).orElseThrow();
    }

    @Override
    public Choice<K3sVersion> k3s(String cluster) {
        return stable.<Choice<K3sVersion>>map(v -> new Chosen<>(v, "newest stable on a day"))
                .orElseGet(() -> new NotChosen<>("the channel server does not answer"));
    }

    @Override
    public Choice<EtcdVersion> etcd(String cluster, K3sVersion k3s) {
        return k3s.minor() == 33
                ? new NotChosen<>("there is no etcd 3.6 in /srv/etcd")
                : new Chosen<>(EtcdVersion.parse("3.6.14").orElseThrow(), "goes with K3s " + k3s);
    }

    @Override
    public Publication publication(String cluster, K3sVersion version) {
        return PUBLISHED.has(version)
                ? new Published()
                : new NotPublished("https://releases.example.test", PUBLISHED.nearest(version, 3));
    }

    @Override
    public Optional<String> warning(EtcdVersion version) {
        return version.atLeast(3, 6)
                ? Optional.empty()
                : Optional.of("etcd " + version + " is a little old");
    }
}
