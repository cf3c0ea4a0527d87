package io.davit.controller.versions;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.controller.ReleaseServer;
import io.davit.controller.TestClock;
import io.davit.controller.release.K3sVersion;
import io.davit.controller.spec.DefaultVersions;
import io.davit.controller.spec.DefaultVersions.CannotTell;
import io.davit.controller.spec.DefaultVersions.Chosen;
import io.davit.controller.spec.DefaultVersions.NotChosen;
import io.davit.controller.spec.DefaultVersions.NotPublished;
import io.davit.controller.spec.DefaultVersions.Published;
import io.davit.controller.store.InMemoryStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class K3sReleasesTest {

    @TempDir private Path directory;

    private final TestClock clock = new TestClock(Instant.parse("2026-11-23T12:00:00Z"));
    private final InMemoryStore store = new InMemoryStore();
    private final ReleaseServer server = new ReleaseServer();
    private K3sReleases releases;

    K3sReleasesTest() throws IOException {}

    @BeforeEach
    void publish() {
        server.channel("stable", "v1.34.1+k3s1", "latest", "v1.35.0+k3s1");
        server.releases("v1.35.0+k3s1", "v1.35.0-rc1+k3s1", "v1.34.1+k3s1", "v1.33.5+k3s1");
        releases = both();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private K3sReleases both() {
        return K3sReleases.of(
                "https://example.test/k3s",
                Optional.of(server.channels()),
                Optional.of(server.releases()),
                store,
                clock);
    }

    private K3sReleases withBundles(String channels) {
        return K3sReleases.of(
                "https://example.test/k3s",
                Optional.of(channels),
                Optional.empty(),
                new Brought() {
                    @Override
                    public List<K3sVersion> k3s() {
                        return List.of(
                                K3sReleasesTest.k3s("v1.33.9+k3s1"),
                                K3sReleasesTest.k3s("v1.32.1+k3s1"));
                    }

                    @Override
                    public List<io.davit.controller.release.EtcdVersion> etcd() {
                        return List.of();
                    }
                },
                store,
                clock);
    }

    @Test
    void whatCameInABundleIsPublishedAndNobodyIsAsked() throws Exception {
        var bundled = withBundles(server.channels());
        assertThat(bundled.published(k3s("v1.33.9+k3s1")))
                .isEqualTo(new DefaultVersions.Published());
        assertThat(bundled.stable())
                .isInstanceOfSatisfying(
                        DefaultVersions.Chosen.class,
                        chosen -> {
                            assertThat(chosen.version()).isEqualTo(k3s("v1.33.9+k3s1"));
                            assertThat(chosen.note()).contains("newest in the bundles");
                        });
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void aChannelThatAnsweredOnceGoesBeforeBundles() throws Exception {
        var bundled = withBundles(server.channels());
        assertThat(bundled.overview().known().versions()).contains(k3s("v1.33.9+k3s1"));
        assertThat(bundled.stable())
                .isInstanceOfSatisfying(
                        DefaultVersions.Chosen.class,
                        chosen -> assertThat(chosen.version()).isEqualTo(k3s("v1.34.1+k3s1")));
    }

    private K3sReleases list(Web web, int mostPages) {
        return list(web, mostPages, Duration.ofSeconds(30));
    }

    private K3sReleases list(Web web, int mostPages, Duration time) {
        return new K3sReleases(
                List.of(
                        new RememberedSource(
                                new ReleaseList(server.releases(), web, mostPages, time),
                                "releases",
                                store,
                                clock)),
                clock);
    }

    private static Web usual() {
        return new Web(Duration.ofSeconds(20), 1 << 20);
    }

    private static K3sVersion k3s(String text) {
        return K3sVersion.parse(text).orElseThrow();
    }

    private String stableVersion() throws InterruptedException {
        return ((Chosen<K3sVersion>) releases.stable()).version().toString();
    }

    private String unknown(K3sReleases asked) throws InterruptedException {
        return ((NotChosen<K3sVersion>) asked.stable()).why();
    }

    @Test
    void theChannelServerSaysWhatIsStable() throws Exception {
        assertThat(releases.stable())
                .isEqualTo(new Chosen<>(k3s("v1.34.1+k3s1"), "newest stable on 2026-11-23"));
    }

    @Test
    void anAnswerIsKeptForAnHourAndOverARestart() throws Exception {
        assertThat(stableVersion()).isEqualTo("v1.34.1+k3s1");
        server.channel("stable", "v1.34.2+k3s1");
        clock.advance(Duration.ofMinutes(59));
        releases = both();
        assertThat(stableVersion()).isEqualTo("v1.34.1+k3s1");
        assertThat(server.requests()).containsExactly("/channels");
        clock.advance(Duration.ofMinutes(2));
        assertThat(stableVersion()).isEqualTo("v1.34.2+k3s1");
    }

    @Test
    void whileTheSourceIsAwayTheOldAnswerIsUsedAndItsAgeIsSaid() throws Exception {
        releases.stable();
        server.broken(true);
        clock.advance(Duration.ofDays(3));
        assertThat(releases.stable())
                .isEqualTo(
                        new Chosen<>(
                                k3s("v1.34.1+k3s1"),
                                "newest stable on 2026-11-23; nothing newer is known: "
                                        + server.channels()
                                        + " answered 503"));
        var told = releases.overview().answers().getFirst();
        assertThat(told.at()).contains(Instant.parse("2026-11-23T12:00:00Z"));
        assertThat(told.failure()).contains(server.channels() + " answered 503");
    }

    @Test
    void aSourceThatFailedIsLeftAloneForAMinute() throws Exception {
        server.broken(true);
        releases.stable();
        releases.stable();
        assertThat(server.requests()).hasSize(2);
        server.broken(false);
        clock.advance(Duration.ofSeconds(61));
        assertThat(stableVersion()).isEqualTo("v1.34.1+k3s1");
    }

    @Test
    void anAnswerOfAnotherPlaceCountsForNothing() throws Exception {
        releases.stable();
        server.body("/elsewhere", "{\"data\":[]}");
        var moved =
                K3sReleases.of(
                        "https://example.test/k3s",
                        Optional.of(server.base() + "/elsewhere"),
                        Optional.empty(),
                        store,
                        clock);
        assertThat(unknown(moved)).contains("/elsewhere: no channel in it has a K3s version");
    }

    @Test
    void withoutTheChannelServerTheNewestReleaseIsTakenAndSaidToBeThat() throws Exception {
        server.body("/channels", "<html>maintenance</html>");
        assertThat(releases.stable())
                .isEqualTo(
                        new Chosen<>(
                                k3s("v1.35.0+k3s1"),
                                "newest in the list of releases "
                                        + server.releases()
                                        + " on 2026-11-23"));
    }

    @Test
    void damagedAnswersAreNamedWithTheirPlace() throws Exception {
        server.body("/channels", "{\"data\":[{\"name\":");
        server.body("/releases", "{\"message\":\"API rate limit exceeded\"}");
        assertThat(unknown(releases))
                .contains(server.channels() + ": it is no JSON")
                .contains("/releases?per_page=100: it is not a list of releases");
    }

    @Test
    void pagesAreFollowedToTheLast() throws Exception {
        server.link(
                "/releases",
                "<%s/p2>; rel=\"next\", <%s/p3>; rel=\"last\""
                        .formatted(server.base(), server.base()));
        server.body("/p2", ReleaseServer.page("v1.32.9+k3s1"));
        server.link("/p2", "<" + server.base() + "/p3>; rel=\"next\"");
        server.body("/p3", ReleaseServer.page("v1.31.13+k3s1"));
        assertThat(list(usual(), 3).published(k3s("v1.31.13+k3s1"))).isEqualTo(new Published());
    }

    @Test
    void aListWithoutEndIsRefusedAsAWhole() throws Exception {
        server.link("/releases", "<" + server.base() + "/releases?page=2>; rel=\"next\"");
        server.body("/releases?page=2", ReleaseServer.page("v1.32.9+k3s1"));
        server.link("/releases?page=2", "<" + server.base() + "/releases?page=2>; rel=\"next\"");
        assertThat(unknown(list(usual(), 10))).contains("more than 10 pages");
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void pagesThatTakeTooLongTogetherAreGivenUp() throws Exception {
        assertThat(unknown(list(usual(), 10, Duration.ofNanos(-1))))
                .endsWith("its pages take longer than -1 s");
    }

    @Test
    void aPageOnAnotherServerIsNotAskedFor() throws Exception {
        server.link("/releases", "<http://127.0.0.1:1/p2>; rel=\"next\"");
        assertThat(list(usual(), 10).stable()).isInstanceOf(Chosen.class);
    }

    @Test
    void anAnswerWithoutEndIsCutOff() throws Exception {
        server.body("/releases", "[" + " ".repeat(200_000) + "]");
        assertThat(unknown(list(new Web(Duration.ofSeconds(20), 100_000), 10)))
                .contains("the answer is longer than 100000 bytes");
    }

    @Test
    void anUnpublishedVersionIsToldWithTheNearestOnes() throws Exception {
        assertThat(releases.published(k3s("v1.34.2+k3s1")))
                .isEqualTo(
                        new NotPublished(
                                server.releases(),
                                List.of(
                                        k3s("v1.34.1+k3s1"),
                                        k3s("v1.35.0+k3s1"),
                                        k3s("v1.33.5+k3s1"))));
        assertThat(releases.published(k3s("v1.33.5+k3s1"))).isEqualTo(new Published());
        assertThat(releases.published(k3s("v1.35.0-rc1+k3s1")))
                .as("nobody is offered it, and it is there")
                .isEqualTo(new Published());
    }

    @Test
    void aReleaseThatAppearedAFewMinutesAgoIsNotCalledUnpublished() throws Exception {
        assertThat(releases.published(k3s("v1.34.2+k3s1"))).isInstanceOf(NotPublished.class);
        server.releases("v1.34.2+k3s1", "v1.34.1+k3s1");
        clock.advance(Duration.ofMinutes(11));
        assertThat(releases.published(k3s("v1.34.2+k3s1"))).isEqualTo(new Published());
    }

    @Test
    void withoutAWholeListNobodyCanTell() throws Exception {
        server.body("/releases", "gone");
        assertThat(releases.published(k3s("v1.30.1+k3s1"))).isInstanceOf(CannotTell.class);
        assertThat(releases.published(k3s("v1.34.1+k3s1")))
                .as("the channel server knows it")
                .isEqualTo(new Published());
    }

    @Test
    void aMirrorAsksNobodyOutside() throws Exception {
        var mirror =
                K3sReleases.of(
                        server.base() + "/k3s", Optional.empty(), Optional.empty(), store, clock);
        assertThat(mirror.published(k3s("v1.34.1+k3s1"))).isInstanceOf(CannotTell.class);
        assertThat(unknown(mirror)).contains("artifacts.k3s-channels");
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void aDirectoryTellsItsOwnVersionsAndNobodyElseIsAsked() throws Exception {
        for (String name :
                List.of("v1.34.1+k3s1", "v1.34.3%2Bk3s1", "v1.35.0-rc1+k3s1", "etcd", "v1.36")) {
            Files.createDirectories(directory.resolve(name));
        }
        Files.writeString(directory.resolve("v1.37.0+k3s1"), "a file");
        var offline =
                K3sReleases.of(
                        directory.toString(),
                        Optional.of(server.channels()),
                        Optional.of(server.releases()),
                        store,
                        clock);
        assertThat(offline.stable())
                .isEqualTo(
                        new Chosen<>(
                                k3s("v1.34.3+k3s1"),
                                "newest in the directory " + directory + " on 2026-11-23"));
        assertThat(offline.published(k3s("v1.34.2+k3s1")))
                .isEqualTo(
                        new NotPublished(
                                directory.toString(),
                                List.of(k3s("v1.34.3+k3s1"), k3s("v1.34.1+k3s1"))));
        Files.createDirectories(directory.resolve("v1.34.2+k3s1"));
        assertThat(offline.published(k3s("v1.34.2+k3s1"))).isEqualTo(new Published());
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void anEmptyOrMissingDirectorySaysSo() throws Exception {
        assertThat(
                        unknown(
                                K3sReleases.of(
                                        directory.toString(),
                                        Optional.empty(),
                                        Optional.empty(),
                                        store,
                                        clock)))
                .isEqualTo("no K3s release is in " + directory);
        assertThat(
                        unknown(
                                K3sReleases.of(
                                        "/no/such/place",
                                        Optional.empty(),
                                        Optional.empty(),
                                        store,
                                        clock)))
                .isEqualTo("there is no directory /no/such/place");
    }
}
