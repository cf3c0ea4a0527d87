package io.davit.controller.versions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.controller.release.EtcdCatalog;
import io.davit.controller.release.EtcdVersion;
import io.davit.controller.release.K3sVersion;
import io.davit.controller.spec.DefaultVersions.Chosen;
import io.davit.controller.spec.DefaultVersions.NotChosen;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EtcdReleasesTest {

    @TempDir private Path directory;

    private final EtcdReleases web = EtcdReleases.of("https://example.test/etcd");

    private static K3sVersion k3s(String text) {
        return K3sVersion.parse(text).orElseThrow();
    }

    private static EtcdVersion etcd(String text) {
        return EtcdVersion.parse(text).orElseThrow();
    }

    @Test
    void everyK3sGetsTheEtcdOfItsLine() {
        assertThat(web.forK3s(k3s("v1.30.4+k3s1")))
                .isEqualTo(new Chosen<>(etcd("3.5.33"), "goes with K3s v1.30"));
        assertThat(web.forK3s(k3s("v1.34.1+k3s1")))
                .isEqualTo(new Chosen<>(etcd("3.6.14"), "goes with K3s v1.34"));
    }

    @Test
    void aK3sThatIsNewerThanTheTableGetsTheNewestLineAndIsToldSo() {
        assertThat(web.forK3s(k3s("v1.99.0+k3s1")))
                .isEqualTo(
                        new Chosen<>(
                                etcd("3.7.1"),
                                "that of K3s v1.37; this Davit has no line for v1.99"));
        assertThat(web.forK3s(k3s("v1.16.0+k3s1")))
                .isEqualTo(
                        new Chosen<>(
                                etcd("3.5.33"),
                                "that of K3s v1.21; this Davit has no line for v1.16"));
    }

    private static EtcdReleases brought(String k3s, String... etcd) {
        return EtcdReleases.of(
                "https://example.test/etcd",
                new Brought() {
                    @Override
                    public List<K3sVersion> k3s() {
                        return List.of(EtcdReleasesTest.k3s(k3s));
                    }

                    @Override
                    public List<EtcdVersion> etcd() {
                        return Stream.of(etcd).map(EtcdReleasesTest::etcd).toList();
                    }
                });
    }

    @Test
    void aK3sFromABundleGetsTheNewestEtcdOfBundlesThatIsNotTooNew() {
        var chosen =
                (Chosen<EtcdVersion>)
                        brought("v1.34.1+k3s1", "3.5.16", "3.6.2", "3.7.9")
                                .forK3s(k3s("v1.34.1+k3s1"));
        assertThat(chosen.version()).isEqualTo(etcd("3.6.2"));
        assertThat(chosen.note()).contains("that came in bundles");
        assertThat(brought("v1.34.1+k3s1", "3.7.9").forK3s(k3s("v1.34.1+k3s1")))
                .as("only one that is too new")
                .isEqualTo(web.forK3s(k3s("v1.34.1+k3s1")));
        assertThat(brought("v1.33.5+k3s1", "3.6.2").forK3s(k3s("v1.34.1+k3s1")))
                .as("another K3s")
                .isEqualTo(web.forK3s(k3s("v1.34.1+k3s1")));
    }

    @Test
    void noDefaultIsBelowItsFloor() {
        for (int minor = 16; minor < 45; minor++) {
            var found = (Chosen<EtcdVersion>) web.forK3s(new K3sVersion(1, minor, 0, "", 0, 1));
            assertThat(web.warning(found.version())).as("1." + minor).isEmpty();
        }
    }

    @Test
    void anEtcdWithKnownHolesIsWarnedOf() {
        assertThat(web.warning(etcd("3.5.16")))
                .contains("etcd 3.5.16 has known security holes; 3.5.33 has them mended");
        assertThat(web.warning(etcd("3.4.23")).orElseThrow())
                .contains("no security fixes any more");
        assertThat(web.warning(etcd("3.6.14"))).isEmpty();
        assertThat(web.warning(etcd("3.8.0"))).isEmpty();
    }

    @Test
    void aDirectoryGivesItsNewestPatchOfTheWantedMinor() throws Exception {
        for (String name : new String[] {"v3.6.14", "v3.6.15", "v3.7.1", "3.6.99", "v3.6.x"}) {
            Files.createDirectories(directory.resolve(name));
        }
        var offline = EtcdReleases.of(directory.toString());
        assertThat(offline.forK3s(k3s("v1.34.1+k3s1")))
                .isEqualTo(
                        new Chosen<>(
                                etcd("3.6.15"), "goes with K3s v1.34, newest in " + directory));
        assertThat(offline.forK3s(k3s("v1.30.1+k3s1")))
                .isEqualTo(new NotChosen<>("there is no etcd 3.5 in " + directory));
        assertThat(EtcdReleases.of("/no/such/place").forK3s(k3s("v1.34.1+k3s1")))
                .isEqualTo(new NotChosen<>("there is no directory /no/such/place"));
    }

    @Test
    void aLineThatIsNoneIsNamed() {
        for (String line :
                new String[] {"k3s\t1.34\t3.6\tx", "k3s\t1.34\t3.6.1", "new\t1.34\t3.6.1\tx"}) {
            assertThatThrownBy(() -> EtcdCatalog.parse("# head\n" + line + "\n"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(line);
        }
        assertThatThrownBy(() -> EtcdCatalog.parse("")).isInstanceOf(IllegalStateException.class);
    }
}
