package io.davit.agent.step;

import static io.davit.agent.step.EngineHarness.prepare;
import static org.assertj.core.api.Assertions.assertThat;

import io.davit.proto.agent.v1.Outcome;
import io.davit.proto.agent.v1.Step;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EnsureArtifactTest {

    @TempDir Path directory;
    private EngineHarness harness;

    @BeforeEach
    void open() throws IOException {
        harness = new EngineHarness(directory);
    }

    @AfterEach
    void close() {
        harness.close();
    }

    private String dir(Step step) {
        return "/opt/davit/artifacts/" + step.getEnsureArtifact().getSha256();
    }

    @Test
    void anArchivesProgramsAreUnpackedAndLinked() throws Exception {
        Step step = harness.etcd("3.5.16", "etcdutl", "README.md");

        assertThat(harness.one(step).getChanged().getWhat()).isEqualTo("placed etcd 3.5.16");

        assertThat(harness.host.files().list(dir(step)))
                .containsExactly("etcd", "etcdctl", "etcdutl");
        assertThat(harness.host.files().linkTarget("/usr/local/bin/etcdctl"))
                .contains(dir(step) + "/etcdctl");
        assertThat(harness.host.files().list("/opt/davit/artifacts"))
                .containsExactly(step.getEnsureArtifact().getSha256());
        assertThat(harness.one(step).hasUnchanged()).isTrue();
        assertThat(harness.offsets).containsExactly(0L);
    }

    @Test
    void aFetchThatIsCutGoesOnWhereItEnded() throws Exception {
        Step step = harness.artifact("control-plane", "k3s", "v1.34.1+k3s1", bytes(5_000), "k3s");
        harness.bytesPerFetch = 2_000;

        assertThat(harness.one(step).hasChanged()).isTrue();

        assertThat(harness.offsets).containsExactly(0L, 2_000L, 4_000L);
        assertThat(harness.host.files().linkTarget("/usr/local/bin/kubectl"))
                .contains(dir(step) + "/k3s");
    }

    @Test
    void aFetchOfAnAgentThatWasKilledGoesOn() throws Exception {
        Step step = harness.artifact("control-plane", "k3s", "v1.34.1+k3s1", bytes(5_000), "k3s");
        byte[] begun = java.util.Arrays.copyOf(bytes(5_000), 1_234);
        Path part =
                harness.host
                        .files()
                        .resolve(
                                "/opt/davit/artifacts/.part-"
                                        + step.getEnsureArtifact().getSha256());
        Files.createDirectories(part.getParent());
        Files.write(part, begun);

        assertThat(harness.one(step).hasChanged()).isTrue();
        assertThat(harness.offsets).containsExactly(1_234L);
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31);
        }
        return bytes;
    }

    @Test
    void aCorruptedFileNeverGetsVisible() throws Exception {
        Step step = harness.artifact("control-plane", "k3s", "v1.34.1+k3s1", bytes(5_000), "k3s");
        String sha256 = step.getEnsureArtifact().getSha256();
        byte[] corrupted = bytes(5_000);
        corrupted[4_000] ^= 1;
        harness.published.put(sha256, corrupted);

        Outcome outcome = harness.one(step);

        assertThat(outcome.getFailed().getWhy())
                .startsWith("cannot verify k3s v1.34.1+k3s1: its SHA-256 is");
        assertThat(harness.host.files().list("/opt/davit/artifacts")).isEmpty();
        assertThat(harness.host.exists("/usr/local/bin/k3s")).isFalse();

        harness.published.put(sha256, bytes(5_000));
        assertThat(harness.one(step).hasChanged()).isTrue();
    }

    @Test
    void aControllerThatCannotServeItIsAskedAgainLater() throws Exception {
        Step step = harness.artifact("control-plane", "k3s", "v1.34.1+k3s1", bytes(10), "k3s");
        harness.published.clear();

        assertThat(harness.one(step).getRetry().getWhy())
                .startsWith("cannot fetch k3s v1.34.1+k3s1: no artifact");
    }

    @Test
    void thePreviousVersionIsKeptAndOlderOnesGo() throws Exception {
        Step first = harness.etcd("3.5.16", "etcdutl");
        Step second = harness.etcd("3.5.17");
        Step third = harness.etcd("3.5.18");
        harness.run(first);
        harness.run(second);
        assertThat(harness.host.exists(dir(first))).isTrue();
        assertThat(harness.host.exists("/usr/local/bin/etcdutl"))
                .as("3.5.17 has none here")
                .isFalse();

        harness.run(third);

        assertThat(harness.host.exists(dir(first))).isFalse();
        assertThat(harness.host.exists(dir(second))).isTrue();
        assertThat(harness.host.files().linkTarget("/usr/local/bin/etcd"))
                .contains(dir(third) + "/etcd");
    }

    @Test
    void aDamagedProgramIsFetchedAnew() throws Exception {
        Step step = harness.etcd("3.5.16");
        harness.run(step);
        harness.host.write(dir(step) + "/etcd", "something else");

        assertThat(harness.one(step.toBuilder().setAttempt(2).build()).hasChanged()).isTrue();
        assertThat(harness.host.read(dir(step) + "/etcd")).isEqualTo("etcd 3.5.16\n");
    }

    @Test
    void aProgramOfSomebodyElseIsNotReplaced() throws Exception {
        harness.host.write("/usr/local/bin/etcdctl", "theirs");

        Outcome outcome = harness.one(harness.etcd("3.5.16"));

        assertThat(outcome.getBlocked().getWhy())
                .contains("not ours: path /usr/local/bin/etcdctl exists");
        assertThat(harness.offsets).isEmpty();
    }

    @Test
    void imagesAreCopiedAndTheOldOnesGo() throws Exception {
        harness.run(prepare("worker"));
        String images = "/var/lib/rancher/k3s/agent/images/";
        harness.run(
                harness.artifact("worker", "k3s-images", "v1.34.1+k3s1", bytes(99), "a.tar.zst"));
        assertThat(harness.host.exists(images + "a.tar.zst")).isTrue();

        harness.run(
                harness.artifact("worker", "k3s-images", "v1.34.2+k3s1", bytes(98), "b.tar.zst"));

        assertThat(harness.host.files().list(images.substring(0, images.length() - 1)))
                .containsExactly("b.tar.zst");
    }

    @Test
    void whatDoesNotFitTheProfileIsRefusedBeforeAnythingIsFetched() throws Exception {
        Step good = harness.artifact("worker", "k3s-images", "v1.34.1+k3s1", bytes(9), "a.tar");
        for (var bad :
                List.of(
                        good.getEnsureArtifact().toBuilder().setFileName("../../etc/cron.d/x"),
                        good.getEnsureArtifact().toBuilder().setArch("arm64"),
                        good.getEnsureArtifact().toBuilder().setSha256("../x"),
                        good.getEnsureArtifact().toBuilder().setSizeBytes(0),
                        good.getEnsureArtifact().toBuilder().setArtifact("etcd"))) {
            Outcome outcome = harness.one(good.toBuilder().setEnsureArtifact(bad).build());
            assertThat(outcome.hasFailed()).as(bad.toString()).isTrue();
        }
        assertThat(harness.offsets).isEmpty();
    }

    @Test
    void withTooLittleRoomNothingIsFetched() throws Exception {
        var step = harness.etcd("3.5.16");
        var profile = io.davit.agent.profile.Catalogue.compiledIn().profile("etcd").orElseThrow();

        org.assertj.core.api.Assertions.assertThatThrownBy(
                        () -> new EnsureArtifactKind("amd64").check(step, profile, full()))
                .isInstanceOfSatisfying(
                        StepEnded.class,
                        ended ->
                                assertThat(ended.outcome().getBlocked().getWhy())
                                        .isEqualTo(
                                                "cannot fetch etcd 3.5.16: 511 MiB are free below"
                                                        + " /opt/davit/artifacts, 512 are needed"));
    }

    /** The harness's host with 511 MiB left. */
    private io.davit.agent.observe.ReadOnlyHost full() {
        var live =
                new io.davit.agent.observe.LiveHost(
                        harness.host.system(),
                        new io.davit.agent.health.Probes(
                                io.davit.agent.profile.Catalogue.compiledIn(),
                                harness.host.system()),
                        () -> io.davit.agent.journal.Ledger.EMPTY,
                        new io.davit.agent.observe.SlotDigests(java.util.Optional.empty()));
        return (io.davit.agent.observe.ReadOnlyHost)
                java.lang.reflect.Proxy.newProxyInstance(
                        getClass().getClassLoader(),
                        new Class<?>[] {io.davit.agent.observe.ReadOnlyHost.class},
                        (proxy, method, arguments) ->
                                method.getName().equals("freeBytes")
                                        ? (Object) (511L << 20)
                                        : method.invoke(live, arguments));
    }

    @Test
    void anArchiveThatIsNotOneSaysSoAndLeavesNothing() throws Exception {
        byte[] rubbish = "no archive".getBytes(StandardCharsets.UTF_8);
        Step step = harness.artifact("etcd", "etcd", "3.5.16", rubbish, "etcd.tar.gz");

        assertThat(harness.one(step).getFailed().getWhy()).startsWith("cannot unpack etcd 3.5.16:");
        assertThat(harness.host.files().list("/opt/davit/artifacts")).isEmpty();
    }
}
