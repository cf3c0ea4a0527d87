package io.davit.controller.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.common.Secret;
import io.davit.controller.TestClock;
import io.davit.controller.artifact.ArtifactStore;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.AuditRow;
import io.davit.controller.audit.Changes;
import io.davit.controller.disk.Room;
import io.davit.controller.plan.Catalog.ArtifactFile;
import io.davit.controller.release.EtcdVersion;
import io.davit.controller.release.K3sVersion;
import io.davit.controller.store.InMemoryStore;
import io.davit.controller.store.Records;
import io.davit.controller.store.Table;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundleTest {

    private static final Actor ANN = new Actor("operator/ann", "admin", "198.18.0.1");
    private static final K3sVersion K3S = K3sVersion.parse(TestBundles.K3S).orElseThrow();
    private static final EtcdVersion ETCD = EtcdVersion.parse(TestBundles.ETCD).orElseThrow();

    @TempDir private Path directory;

    private final TestClock clock = new TestClock(Instant.parse("2026-11-23T12:00:00Z"));
    private final InMemoryStore state = new InMemoryStore();
    private final Changes changes = new Changes(state, Secret.ofText("k"), clock);
    private TestBundles bundle;
    private ArtifactStore store;
    private BundleImport imports;

    @BeforeEach
    void nobodyOutsideAnswers() throws IOException {
        bundle = new TestBundles();
        store =
                new ArtifactStore(
                        directory.resolve("artifacts"),
                        "http://127.0.0.1:1/k3s",
                        "http://127.0.0.1:1/etcd",
                        state,
                        new Room());
        imports = new BundleImport(store, changes, clock);
    }

    private BundleImport.Taken taken(byte[] tar) throws Exception {
        return imports.run(Files.write(directory.resolve("bundle"), tar), "cd".repeat(32), ANN);
    }

    /** Nothing of it is kept, in files or in the state. */
    private void isRefused(byte[] tar, String why) throws IOException {
        assertThatThrownBy(() -> taken(tar)).as(why).hasMessageContaining(why);
        try (var left = Files.list(directory.resolve("artifacts"))) {
            assertThat(left).as(why).isEmpty();
        }
        assertThat(store.imported()).as(why).isEmpty();
        assertThat(rows()).as(why).isZero();
    }

    private int rows() {
        return new Records(state).all(new Table<>("audit", AuditRow.class)).size();
    }

    @Test
    void whatWasImportedIsKnownAndHeldAndNobodyIsAsked() throws Exception {
        assertThat(taken(bundle.tar()).added()).isEqualTo(4);
        var catalog = store.catalog(K3S, ETCD, Set.of("amd64"));
        for (ArtifactFile file : TestBundles.artifacts()) {
            assertThat(store.file(file.sha256())).as(file.fileName()).isPresent();
            if (!file.artifact().equals("os-packages")) {
                assertThat(catalog.find(file.artifact(), file.version(), "amd64")).contains(file);
            }
            store.stage(file);
        }
        assertThat(store.packageSets())
                .singleElement()
                .satisfies(set -> {
                    assertThat(set.file().version()).isEqualTo("debian-12");
                    assertThat(set.packages()).containsEntry("keepalived", "1:2.2.7-1");
                });
        assertThat(store.held())
                .hasSize(4)
                .allSatisfy(held -> assertThat(held.published()).isPresent());
        assertThat(rows()).isEqualTo(1);
    }

    @Test
    void importingAgainChangesNothing() throws Exception {
        taken(bundle.tar());
        var before = store.imported();
        assertThat(taken(bundle.tar()).added()).isZero();
        assertThat(store.imported()).isEqualTo(before);
        assertThat(rows()).as("audit rows").isEqualTo(1);
    }

    @Test
    void whatIsNotHeldAnyMoreIsAskedForAgainOrMissedWithARemedy() throws Exception {
        taken(bundle.tar());
        for (ArtifactFile file : TestBundles.artifacts()) {
            store.discard(file.sha256(), () -> true);
        }
        assertThat(store.packageSets()).isEmpty();
        assertThatThrownBy(() -> store.catalog(K3S, ETCD, Set.of("amd64")))
                .hasMessageContaining("cannot connect")
                .satisfies(e ->
                        assertThat(
                                        ((io.davit.controller.execute.ArtifactCatalog
                                                                .ArtifactException)
                                                        e)
                                                .remedy())
                                .contains("davit artifacts import"));
        assertThatThrownBy(() -> store.stage(TestBundles.artifacts().getLast()))
                .hasMessageContaining("not held any more");
        assertThat(taken(bundle.tar()).added()).isEqualTo(4);
        assertThat(store.packageSets()).hasSize(1);
    }

    @Test
    void aCutBundleIsRefusedWhereverItIsCut() throws Exception {
        byte[] tar = bundle.tar();
        for (int length = 0; length < tar.length; length += 199) {
            byte[] cut = Arrays.copyOf(tar, length);
            assertThatThrownBy(() -> taken(cut)).as("cut at %d", length).isNotNull();
        }
        isRefused(Arrays.copyOf(tar, tar.length - 1), "cut");
        isRefused(Arrays.copyOf(tar, tar.length + 1), "behind the end");
    }

    @Test
    void aFlippedByteIsFoundWhereverItIs() throws Exception {
        byte[] tar = bundle.tar();
        int kept = 0;
        for (int i = 0; i < tar.length; i += 7) {
            byte[] flipped = tar.clone();
            flipped[i] ^= 1;
            try {
                taken(flipped);
                kept++; // the version of Davit that made it
                for (ArtifactFile file : TestBundles.artifacts()) {
                    assertThat(
                                    io.davit.common.Digests.sha256Hex(
                                            store.file(file.sha256()).orElseThrow()))
                            .isEqualTo(file.sha256());
                }
                forgetAll();
            } catch (IOException | BadBundleException e) {
                try (var left = Files.list(directory.resolve("artifacts"))) {
                    assertThat(left).as("flipped at %d", i).isEmpty();
                }
            }
        }
        assertThat(kept).isLessThan(4);
    }

    private void forgetAll() throws Exception {
        for (ArtifactFile file : TestBundles.artifacts()) {
            store.discard(file.sha256(), () -> true);
        }
    }

    @Test
    void aManifestThatIsNotExactlyOneIsRefused() throws Exception {
        String text =
                new String(
                        new BundleManifest(1, "2026-11-23", "0.1.0", bundle.items).text(),
                        StandardCharsets.UTF_8);
        Map<String, String> spoilt =
                Map.ofEntries(
                        Map.entry(text.replace("\"format\":1", "\"format\":2"), "its format is 2"),
                        Map.entry(
                                text.replace("\"kind\":\"etcd\"", "\"kind\":\"kernel\""),
                                "no such kind"),
                        Map.entry(text.replace("\"format\":1", "\"format\":1,\"more\":1"), "more"),
                        Map.entry(
                                text.replace("\"fileName\":\"k3s\"", "\"fileName\":\"../k3s\""),
                                "not called so"),
                        Map.entry(
                                text.replace(
                                        "\"version\":\"v1.34.1+k3s1\"", "\"version\":\"../..\""),
                                "version is none"),
                        Map.entry(
                                text.replace("\"arch\":\"amd64\"", "\"arch\":\"riscv\""),
                                "neither amd64 nor arm64"),
                        Map.entry(text.replace("debian-12", "debian-9"), "version is none"),
                        Map.entry(text.replace("2026-11-23", "yesterday"), "the day"),
                        Map.entry(
                                text.replaceFirst("\"sizeBytes\":\\d+", "\"sizeBytes\":-1"),
                                "its size is -1"),
                        Map.entry(
                                text.replaceFirst(
                                        "\"sizeBytes\":\\d+", "\"sizeBytes\":99999999999"),
                                "its size is 99999999999"),
                        Map.entry(text.replace("\"items\":[", "\"items\":[],\"x\":["), "x"),
                        Map.entry("[]", "its format is 0"),
                        Map.entry("no json", "cannot read JSON"));
        for (var entry : spoilt.entrySet()) {
            isRefused(bundle.tar(TestBundles.bytes(entry.getKey())), entry.getValue());
        }
    }

    @Test
    void whatTheManifestDoesNotNameOrNamesTwiceIsRefused() throws Exception {
        bundle.files.put("k3s/v1.34.1+k3s1/install.sh", new byte[] {1});
        isRefused(bundle.tar(), "does not name its k3s/v1.34.1+k3s1/install.sh");
        bundle = new TestBundles();
        bundle.files.remove("etcd/v3.5.16/SHA256SUMS");
        isRefused(bundle.tar(), "where the manifest has etcd/v3.5.16/SHA256SUMS");
        bundle = new TestBundles();
        bundle.items.add(bundle.items.getFirst());
        isRefused(bundle.tar(), "is there twice");
        isRefused(TestBundles.tar(bundle.files), "does not begin with manifest.json");
    }

    @Test
    void aFileThatIsNotTheOneOfTheManifestIsRefused() throws Exception {
        byte[] k3s = TestBundles.bytes("The program k3s");
        bundle.files.put("k3s/v1.34.1+k3s1/k3s", k3s);
        isRefused(bundle.tar(), "the manifest says");
        bundle.files.put("k3s/v1.34.1+k3s1/k3s", new byte[1 << 20]);
        isRefused(bundle.tar(), "has 1048576 bytes, the manifest says 15");
    }

    /** Whoever makes a manifest that fits still has not the publisher's checksum. */
    @Test
    void aProgramThatItsPublisherDidNotPublishIsRefused() throws Exception {
        bundle.items.removeFirst();
        bundle.files.remove("k3s/v1.34.1+k3s1/k3s");
        bundle.items.removeIf(item -> item.kind().equals("k3s-images"));
        bundle.files.remove("k3s/v1.34.1+k3s1/k3s-airgap-images-amd64.tar.zst");
        bundle.add("k3s", TestBundles.K3S, "amd64", "k3s", TestBundles.bytes("another"), Map.of());
        isRefused(bundle.tar(), "not the one that its publisher's checksums are for");
        bundle = new TestBundles();
        bundle.items.removeIf(item -> item.kind().equals("etcd-checksums"));
        bundle.files.remove("etcd/v3.5.16/SHA256SUMS");
        isRefused(bundle.tar(), "no checksums of their publisher");
    }

    @Test
    void imagesWithoutTheirProgramAreRefused() throws Exception {
        bundle.items.removeFirst();
        bundle.files.remove("k3s/v1.34.1+k3s1/k3s");
        isRefused(bundle.tar(), "images of K3s without");
    }

    private void set(byte[] content, String why) throws IOException {
        bundle = new TestBundles();
        var item = bundle.items.removeLast();
        bundle.files.remove(item.path());
        bundle.add(
                item.kind(),
                item.version(),
                item.arch(),
                item.fileName(),
                content,
                item.packages());
        isRefused(bundle.tar(), why);
    }

    @Test
    void aSetOfPackagesThatIsNotWhatItsIndexSaysIsRefused() throws Exception {
        set(
                TestBundles.set(text -> text.replace("Version: 2.6.12-1", "Version: 9")),
                "the manifest says");
        set(
                TestBundles.set(text -> text.replace("./haproxy", "./../haproxy")),
                "a file that is none");
        set(
                TestBundles.set(text -> text.replace("SHA256: ", "SHA256: 0")),
                "not the one of its index");
        set(
                TestBundles.set(text -> text.replace("Architecture: amd64", "Architecture: arm64")),
                "is for arm64");
        set(
                TestBundles.set(text -> text.substring(text.indexOf("\n\n") + 2)),
                "does not name its haproxy");
        set(
                TestBundles.set(text ->
                        text
                                + PackageIndex.paragraph(
                                        TestBundles.control("more", "1"),
                                        "more_1_amd64.deb",
                                        1,
                                        "00")),
                "has no more_1_amd64.deb");
        set(TestBundles.set(text -> text + text), "twice");
        set(TestBundles.bytes("no tar"), "it is cut");
        set(
                TestBundles.tar(Map.of("haproxy_1_amd64.deb", new byte[1])),
                "does not begin with Packages");
    }

    @Test
    void whatIsLeftOfAnUploadGoesAtTheNextStart() throws Exception {
        Path left = store.incoming(10).file();
        assertThat(left).exists();
        new ArtifactStore(
                directory.resolve("artifacts"), "/nowhere", "/nowhere", state, new Room());
        assertThat(left).doesNotExist();
        assertThat(List.of(store.held())).hasSize(1);
    }
}
