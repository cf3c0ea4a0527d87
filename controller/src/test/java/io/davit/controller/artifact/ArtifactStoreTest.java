package io.davit.controller.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.davit.common.Digests;
import io.davit.controller.disk.Room;
import io.davit.controller.execute.ArtifactCatalog.ArtifactException;
import io.davit.controller.plan.Catalog;
import io.davit.controller.plan.Catalog.ArtifactFile;
import io.davit.controller.release.EtcdVersion;
import io.davit.controller.release.K3sVersion;
import io.davit.controller.store.InMemoryStore;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArtifactStoreTest {

    private static final K3sVersion K3S = K3sVersion.parse("v1.34.1+k3s1").orElseThrow();
    private static final EtcdVersion ETCD = EtcdVersion.parse("3.5.16").orElseThrow();
    private static final long SEED = 42;

    @TempDir private Path directory;

    private final Map<String, byte[]> files = new ConcurrentHashMap<>();
    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger cutAfter = new AtomicInteger(-1);
    private final AtomicInteger cuts = new AtomicInteger();
    private final CountDownLatch release = new CountDownLatch(1);
    private final byte[] etcd = new byte[300_000];
    private final byte[] k3s = new byte[200_000];
    private final InMemoryStore state = new InMemoryStore();
    private final Room room = new Room();
    private HttpServer server;
    private ArtifactStore store;

    @BeforeEach
    void publish() throws IOException {
        var random = new Random(SEED);
        random.nextBytes(etcd);
        random.nextBytes(k3s);
        String etcdName = "etcd-v3.5.16-linux-amd64.tar.gz";
        files.put("/etcd/v3.5.16/" + etcdName, etcd);
        files.put("/etcd/v3.5.16/SHA256SUMS", sums(Map.of(etcdName, etcd)));
        files.put("/k3s/v1.34.1%2Bk3s1/k3s", k3s);
        files.put(
                "/k3s/v1.34.1%2Bk3s1/sha256sum-amd64.txt",
                sums(Map.of("k3s", k3s, "k3s-airgap-images-amd64.tar.zst", etcd)));
        server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", this::answer);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
        store = storeAt(base(), Duration.ofSeconds(20));
    }

    @AfterEach
    void stop() {
        release.countDown();
        server.stop(0);
    }

    private String base() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private ArtifactStore storeAt(String base, Duration stall) throws IOException {
        return new ArtifactStore(
                directory.resolve("artifacts"),
                new HttpSource(base + "/k3s", stall),
                new HttpSource(base + "/etcd", stall),
                state,
                Duration.ofMillis(2),
                room);
    }

    @Test
    void whatIsFetchedAndWhatIsUploadedHaveRoomTogetherOrNotAtAll() throws Exception {
        Path held = directory.resolve("artifacts");
        long all = room.freeBytes(directory);
        try (var upload = store.incoming((all - (1L << 30)) / 2)) {
            assertThat(room.freeBytes(held)).isBetween(1L, 2L << 30);
            try (var _ = room.promise(held.resolve("x"), room.freeBytes(held) - (100L << 20), 0)) {
                assertThatThrownBy(() -> store.stage(etcdFile()))
                        .isInstanceOf(ArtifactException.class)
                        .hasMessageContaining("MiB are free");
                assertThatThrownBy(() -> store.incoming(1 << 20))
                        .hasMessageContaining("MiB are free");
            }
            store.stage(etcdFile());
            assertThat(upload.file()).exists();
        }
        assertThat(room.freeBytes(held)).isGreaterThan(all - (1L << 30));
        assertThat(Files.list(held)).hasSize(1);
    }

    private static byte[] sums(Map<String, byte[]> files) {
        var text = new StringBuilder();
        files.forEach((name, content) ->
                text.append(Digests.sha256Hex(content)).append("  ").append(name).append('\n'));
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getRawPath();
        String range = exchange.getRequestHeaders().getFirst("Range");
        requests.add(exchange.getRequestMethod() + " " + path + (range == null ? "" : " " + range));
        try (exchange) {
            if (path.startsWith("/moved/")) {
                exchange.getResponseHeaders().set("Location", path.replaceFirst("^/moved", ""));
                exchange.sendResponseHeaders(302, -1);
                return;
            }
            byte[] content = files.get(path);
            if (content == null) {
                exchange.sendResponseHeaders(404, -1);
                return;
            }
            if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.getResponseHeaders().set("Content-Length", "" + content.length);
                exchange.sendResponseHeaders(200, -1);
                return;
            }
            int from = 0;
            if (range != null) {
                from = Integer.parseInt(range.replaceAll("bytes=(\\d+)-.*", "$1"));
                exchange.getResponseHeaders()
                        .set(
                                "Content-Range",
                                "bytes %d-%d/%d"
                                        .formatted(from, content.length - 1, content.length));
            }
            exchange.sendResponseHeaders(range == null ? 200 : 206, content.length - from);
            int length = content.length - from;
            boolean cut =
                    cutAfter.get() >= 0 && content.length > 10_000 && cuts.getAndDecrement() > 0;
            if (cut) {
                length = Math.min(length, cutAfter.get());
            }
            exchange.getResponseBody().write(content, from, length);
            exchange.getResponseBody().flush();
            if (cut) {
                // a connection that breaks takes with it what its client has not read yet
                awaitPart(content, from + length);
            }
        }
    }

    private void awaitPart(byte[] content, long bytes) {
        Path part = directory.resolve("artifacts/" + Digests.sha256Hex(content) + ".part");
        await().atMost(Duration.ofSeconds(20))
                .until(() -> Files.exists(part) && Files.size(part) >= bytes);
    }

    private Catalog catalog() throws Exception {
        return store.catalog(K3S, ETCD, Set.of("amd64"));
    }

    private ArtifactFile etcdFile() throws Exception {
        return catalog().find("etcd", "3.5.16", "amd64").orElseThrow();
    }

    @Test
    void theCatalogueKnowsNameChecksumAndSizeWithoutReadingTheFiles() throws Exception {
        Catalog catalog = catalog();
        assertThat(catalog.find("etcd", "3.5.16", "amd64"))
                .contains(
                        new ArtifactFile(
                                "etcd",
                                "3.5.16",
                                "amd64",
                                "etcd-v3.5.16-linux-amd64.tar.gz",
                                Digests.sha256Hex(etcd),
                                etcd.length));
        assertThat(catalog.find("k3s", "v1.34.1+k3s1", "amd64"))
                .get()
                .extracting(ArtifactFile::sha256)
                .isEqualTo(Digests.sha256Hex(k3s));
        assertThat(catalog.find("k3s-images", "v1.34.1+k3s1", "amd64"))
                .as("listed, and not there")
                .isEmpty();
        assertThat(requests).noneMatch(request -> request.matches("GET .*(tar.gz|/k3s)$"));
    }

    @Test
    void imagesAreInTheCatalogueWhereTheSourceHasThem() throws Exception {
        files.put("/k3s/v1.34.1%2Bk3s1/k3s-airgap-images-amd64.tar.zst", etcd);
        assertThat(catalog().find("k3s-images", "v1.34.1+k3s1", "amd64"))
                .get()
                .extracting(ArtifactFile::fileName)
                .isEqualTo("k3s-airgap-images-amd64.tar.zst");
    }

    @Test
    void aStagedFileIsHeldByItsChecksumAndFetchedOnce() throws Exception {
        store.stage(etcdFile());
        store.stage(etcdFile());
        Path held = store.file(Digests.sha256Hex(etcd)).orElseThrow();
        assertThat(Files.readAllBytes(held)).isEqualTo(etcd);
        assertThat(requests)
                .filteredOn(r -> r.startsWith("GET") && r.endsWith("tar.gz"))
                .hasSize(1);
    }

    @Test
    void aTruncatedDownloadGoesOnWhereItEnded() throws Exception {
        ArtifactFile file = etcdFile();
        cutAfter.set(100_000);
        cuts.set(2);
        store.stage(file);
        assertThat(Files.readAllBytes(store.file(file.sha256()).orElseThrow())).isEqualTo(etcd);
        assertThat(requests).anyMatch(request -> request.endsWith("bytes=200000-"));
    }

    @Test
    void aDamagedFileIsRefusedNamedAndRemovedAndFetchedAnewOnceMended() throws Exception {
        ArtifactFile file = etcdFile();
        byte[] damaged = etcd.clone();
        damaged[1234] ^= 1;
        String path = "/etcd/v3.5.16/etcd-v3.5.16-linux-amd64.tar.gz";
        files.put(path, damaged);
        assertThatThrownBy(() -> store.stage(file))
                .isInstanceOf(ArtifactException.class)
                .hasMessageContaining(base() + path)
                .hasMessageContaining(Digests.sha256Hex(damaged))
                .hasMessageContaining(file.sha256());
        try (var left = Files.list(directory.resolve("artifacts"))) {
            assertThat(left).isEmpty();
        }
        files.put(path, etcd);
        store.stage(file);
        assertThat(store.file(file.sha256())).isPresent();
    }

    @Test
    void aBadPartOfAnEarlierAttemptIsThrownAway() throws Exception {
        ArtifactFile file = etcdFile();
        Files.write(directory.resolve("artifacts/" + file.sha256() + ".part"), new byte[50_000]);
        store.stage(file);
        assertThat(Files.readAllBytes(store.file(file.sha256()).orElseThrow())).isEqualTo(etcd);
    }

    @Test
    void redirectsAreFollowed() throws Exception {
        store = storeAt(base() + "/moved", Duration.ofSeconds(20));
        store.stage(etcdFile());
        assertThat(store.file(Digests.sha256Hex(etcd))).isPresent();
    }

    @Test
    void anUnknownVersionIsToldWithItsPlaceAndARemedy() {
        assertThatThrownBy(() ->
                        store.catalog(
                                K3S, EtcdVersion.parse("3.5.99").orElseThrow(), Set.of("amd64")))
                .isInstanceOfSatisfying(
                        ArtifactException.class,
                        e -> {
                            assertThat(e)
                                    .hasMessageContaining("etcd 3.5.99")
                                    .hasMessageContaining("/v3.5.99/SHA256SUMS answered 404");
                            assertThat(e.remedy()).contains("version in the spec");
                        });
    }

    @Test
    void whatWasPublishedIsRememberedWhileTheSourceIsAway() throws Exception {
        Catalog before = catalog();
        server.stop(0);
        assertThat(catalog()).isEqualTo(before);
    }

    @Test
    void aSourceThatStandsStillIsGivenUp() throws Exception {
        ArtifactFile file = etcdFile();
        server.removeContext("/");
        server.createContext(
                "/",
                exchange -> {
                    exchange.sendResponseHeaders(200, etcd.length);
                    exchange.getResponseBody().write(etcd, 0, 1000);
                    exchange.getResponseBody().flush();
                    try {
                        release.await(60, TimeUnit.SECONDS);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
        store = storeAt(base(), Duration.ofMillis(100));
        long before = System.nanoTime();
        assertThatThrownBy(() -> store.stage(file)).isInstanceOf(ArtifactException.class);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(20));
    }

    @Test
    void aDirectoryWithTheSameLayoutServesToo() throws Exception {
        Path mirror = directory.resolve("mirror");
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Path path = mirror.resolve(file.getKey().substring(1).replace("%2B", "+"));
            Files.createDirectories(path.getParent());
            Files.write(path, file.getValue());
        }
        store =
                new ArtifactStore(
                        directory.resolve("artifacts"),
                        mirror.resolve("k3s").toString(),
                        mirror.resolve("etcd").toString(),
                        state,
                        room);
        store.stage(etcdFile());
        assertThat(Files.readAllBytes(store.file(Digests.sha256Hex(etcd)).orElseThrow()))
                .isEqualTo(etcd);
        assertThat(requests).isEmpty();
    }
}
