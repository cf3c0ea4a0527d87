package io.davit.controller.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.davit.cli.CliException;
import io.davit.cli.Connection;
import io.davit.common.Digests;
import io.davit.controller.Specs;
import io.davit.controller.bundle.TestBundles;
import io.davit.proto.operator.v1.Artifact;
import io.davit.proto.operator.v1.BundleStart;
import io.davit.proto.operator.v1.FetchArtifactsRequest;
import io.davit.proto.operator.v1.ImportBundleRequest;
import io.davit.proto.operator.v1.ImportBundleResponse;
import io.davit.proto.operator.v1.ListArtifactsRequest;
import io.davit.proto.operator.v1.PlanRequest;
import io.davit.proto.operator.v1.RemoveArtifactsRequest;
import io.davit.proto.operator.v1.VersionsRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A whole controller of an air-gapped site: its releases lie in directories. */
@Timeout(120)
class ReleasesAndArtifactsTest {

    @TempDir private Path directory;

    private ControllerRig rig;
    private Connection connection;

    @BeforeEach
    void startWithTwoReleases() throws IOException {
        rig = ControllerRig.start(directory, base -> EngineWiring.make(base, () -> {}));
        publish("k3s", "v1.34.1+k3s1", "sha256sum-amd64.txt", "k3s");
        publish("k3s", "v1.33.5+k3s1", "sha256sum-amd64.txt", "k3s");
        publish("etcd", "v3.6.15", "SHA256SUMS", "etcd-v3.6.15-linux-amd64.tar.gz");
        connection = Connection.open(rig.newAdmin("ann"));
    }

    @AfterEach
    void stop() {
        connection.close();
        rig.close();
    }

    private void publish(String product, String version, String sums, String name)
            throws IOException {
        Path release = Files.createDirectories(rig.releases(product).resolve(version));
        String content = product + version;
        Files.writeString(release.resolve(name), content);
        Files.writeString(release.resolve(sums), sha256(content) + "  " + name + "\n");
    }

    private static String sha256(String content) {
        return Digests.sha256Hex(content.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void versionsAreThoseInTheDirectoryEachWithItsEtcd() {
        var told = connection.ask(c -> c.releases().versions(VersionsRequest.getDefaultInstance()));
        assertThat(told.getMinorsList())
                .extracting(m -> m.getMinor() + " " + m.getNewest() + " " + m.getEtcdVersion())
                .containsExactly("v1.34 v1.34.1+k3s1 3.6.15", "v1.33 v1.33.5+k3s1 3.6.15");
        assertThat(told.getSources(0).getPlace()).isEqualTo(rig.releases("k3s").toString());
    }

    @Test
    void aPlanWithoutVersionsSaysWhichItTook() {
        String bare = Specs.SMALL.replaceAll("(?s)  k3s:.*  network:", "  network:");
        var request = PlanRequest.newBuilder().setSpecYaml(ByteString.copyFromUtf8(bare)).build();
        var plan = connection.ask(c -> c.clusters().plan(request)).getPlan();
        assertThat(plan.getK3SVersion()).isEqualTo("v1.34.1+k3s1");
        assertThat(plan.getK3SVersionNote()).startsWith("newest in the directory ");
        assertThat(plan.getEtcdVersion()).isEqualTo("3.6.15");
    }

    @Test
    void artifactsAreFetchedAheadListedAndRemoved() {
        var request = FetchArtifactsRequest.newBuilder().setK3SVersion("v1.34.1+k3s1").build();
        var fetched = connection.ask(c -> c.artifacts().fetch(request));
        assertThat(fetched.getArtifactsList())
                .extracting(Artifact::getSha256)
                .containsExactly(sha256("etcdv3.6.15"), sha256("k3sv1.34.1+k3s1"));
        assertThat(
                        connection
                                .ask(c ->
                                        c.artifacts()
                                                .list(ListArtifactsRequest.getDefaultInstance()))
                                .getArtifactsList())
                .isEqualTo(fetched.getArtifactsList());
        var unused = RemoveArtifactsRequest.newBuilder().setUnused(true).build();
        assertThat(connection.ask(c -> c.artifacts().remove(unused)).getArtifactsCount())
                .isEqualTo(2);
        assertThat(connection.ask(c -> c.artifacts().remove(unused)).getArtifactsCount()).isZero();
    }

    private ImportBundleResponse send(byte[] bundle, String sha256, int most) throws Exception {
        var call = connection.uploads().importBundle();
        call.write(
                ImportBundleRequest.newBuilder()
                        .setStart(
                                BundleStart.newBuilder()
                                        .setSha256(sha256)
                                        .setSizeBytes(bundle.length))
                        .build());
        boolean open = true;
        for (int at = 0; open && at < Math.min(most, bundle.length); at += 1000) {
            int end = Math.min(at + 1000, Math.min(most, bundle.length));
            open =
                    call.write(
                            ImportBundleRequest.newBuilder()
                                    .setChunk(ByteString.copyFrom(bundle, at, end - at))
                                    .build());
        }
        if (open) {
            call.halfClose();
        }
        return call.read();
    }

    @Test
    void aBundleIsTakenOverTheOperatorsConnectionWholeOrNotAtAll() throws Exception {
        byte[] bundle =
                Files.readAllBytes(TestBundles.whole(rig.releases("k3s").resolve("bundle")));
        String sha256 = Digests.sha256Hex(bundle);
        assertThatThrownBy(() -> send(bundle, "ab".repeat(32), bundle.length))
                .hasMessageContaining("instead of abab");
        assertThatThrownBy(() -> send(bundle, sha256, bundle.length - 1))
                .hasMessageContaining(
                        "%d of %d bytes came".formatted(bundle.length - 1, bundle.length));
        byte[] damaged = bundle.clone();
        damaged[bundle.length / 2] ^= 1;
        assertThatThrownBy(() -> send(damaged, Digests.sha256Hex(damaged), bundle.length))
                .hasMessageContaining("nothing of it was kept");
        assertThatThrownBy(() -> send(bundle, "../../etc", bundle.length))
                .hasMessageContaining("SHA-256 or size is none");
        assertThat(
                        connection
                                .ask(c ->
                                        c.artifacts()
                                                .list(ListArtifactsRequest.getDefaultInstance()))
                                .getArtifactsList())
                .isEmpty();
        assertThat(rig.artifactFiles()).as("nothing is left").isEmpty();

        var taken = send(bundle, sha256, bundle.length);
        assertThat(taken.getNewArtifacts()).isEqualTo(4);
        assertThat(taken.getArtifactsList())
                .extracting(Artifact::getArtifact)
                .containsExactly("etcd", "k3s", "k3s-images", "os-packages");
        assertThat(taken.getArtifacts(3).getPackagesMap()).containsEntry("haproxy", "2.6.12-1");
        assertThat(send(bundle, sha256, bundle.length).getNewArtifacts()).isZero();
        assertThat(rig.artifactFiles()).hasSize(4);
    }

    @Test
    void aVersionThatIsNotThereIsRefusedWithTheNearest() {
        var request = FetchArtifactsRequest.newBuilder().setK3SVersion("v1.34.2+k3s1").build();
        assertThatThrownBy(() -> connection.ask(c -> c.artifacts().fetch(request)))
                .isInstanceOf(CliException.class)
                .hasMessageContaining("nearest are v1.34.1+k3s1, v1.33.5+k3s1");
        var arch =
                FetchArtifactsRequest.newBuilder()
                        .setK3SVersion("v1.34.1+k3s1")
                        .addArchs("../etc")
                        .build();
        assertThatThrownBy(() -> connection.ask(c -> c.artifacts().fetch(arch)))
                .hasMessageContaining("amd64 and arm64");
    }
}
