package io.davit.controller.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.common.Digests;
import io.davit.common.K3sKeys;
import io.davit.common.Secret;
import io.davit.controller.Specs;
import io.davit.controller.TestClock;
import io.davit.controller.artifact.ArtifactStore;
import io.davit.controller.artifact.Imported;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.AuditRow;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.disk.Room;
import io.davit.controller.execute.Envelope;
import io.davit.controller.execute.OperationRecord;
import io.davit.controller.plan.Bindings;
import io.davit.controller.plan.Catalog.ArtifactFile;
import io.davit.controller.plan.Consent;
import io.davit.controller.release.EtcdVersion;
import io.davit.controller.release.K3sVersion;
import io.davit.controller.spec.SpecReader;
import io.davit.controller.store.InMemoryStore;
import io.davit.controller.store.Records;
import io.davit.controller.store.Table;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeldArtifactsTest {

    private static final Actor ANN = new Actor("operator/ann", "maintainer", "198.18.0.1");

    @TempDir private Path directory;

    private final TestClock clock = new TestClock(Instant.parse("2026-11-23T12:00:00Z"));
    private final InMemoryStore state = new InMemoryStore();
    private final Records records = new Records(state);
    private final Changes changes = new Changes(state, Secret.ofText("k"), clock);
    private final AcceptedClusters clusters =
            new AcceptedClusters(
                    changes, records, new SpecReader(K3sKeys.standard()), ClusterEnd.NONE);
    private ArtifactStore store;
    private HeldArtifacts held;

    @BeforeEach
    void publishTwoReleases() throws Exception {
        for (String version : List.of("v1.34.1+k3s1", "v1.33.5+k3s1")) {
            publish("k3s/" + version, "sha256sum-amd64.txt", "k3s", "k3s " + version);
        }
        for (String version : List.of("3.5.16", "3.6.14")) {
            publish(
                    "etcd/v" + version,
                    "SHA256SUMS",
                    "etcd-v" + version + "-linux-amd64.tar.gz",
                    "etcd " + version);
        }
        store =
                new ArtifactStore(
                        directory.resolve("artifacts"),
                        directory.resolve("k3s").toString(),
                        directory.resolve("etcd").toString(),
                        state,
                        new Room());
        held = new HeldArtifacts(store, clusters, _ -> Optional.empty(), changes, clock);
        stage("v1.34.1+k3s1", "3.5.16");
        stage("v1.33.5+k3s1", "3.6.14");
    }

    private void publish(String folder, String sums, String name, String content)
            throws IOException {
        Path release = Files.createDirectories(directory.resolve(folder));
        Files.writeString(release.resolve(name), content);
        Files.writeString(release.resolve(sums), sha256(content) + "  " + name + "\n");
    }

    private static String sha256(String content) {
        return Digests.sha256Hex(content.getBytes(StandardCharsets.UTF_8));
    }

    private void stage(String k3s, String etcd) throws Exception {
        var catalog =
                store.catalog(
                        K3sVersion.parse(k3s).orElseThrow(),
                        EtcdVersion.parse(etcd).orElseThrow(),
                        Set.of("amd64"));
        for (var file : catalog.files().values()) {
            store.stage(file);
        }
    }

    private void accept(String yaml) {
        clusters.accept(
                ANN,
                "",
                clusters.find(Specs.read(yaml).cluster().name()),
                yaml.getBytes(StandardCharsets.UTF_8),
                Specs.read(yaml),
                Bindings.none(),
                OperationRecord.start(
                        "op-1",
                        "small",
                        1,
                        new Envelope(1, Map.of(), Set.of(), Set.of()),
                        Consent.of(false),
                        "ann",
                        clock.instant()));
    }

    private List<String> shown() {
        return held.all().stream()
                .map(n ->
                        n.held().published().orElseThrow().artifact()
                                + " "
                                + n.held().published().orElseThrow().version()
                                + " "
                                + n.clusters())
                .toList();
    }

    @Test
    void everyHeldFileIsListedWithTheClustersThatNeedIt() {
        accept(Specs.SMALL);
        assertThat(shown())
                .containsExactly(
                        "etcd 3.5.16 [small]",
                        "etcd 3.6.14 []",
                        "k3s v1.33.5+k3s1 []",
                        "k3s v1.34.1+k3s1 [small]");
        assertThat(held.all().getFirst().held().sizeBytes()).isEqualTo("etcd 3.5.16".length());
    }

    @Test
    void aSetOfPackagesIsNeededWhereALoadBalancerMayBeOfItsSystem() throws Exception {
        var content = "packages".getBytes(StandardCharsets.UTF_8);
        var file =
                new ArtifactFile(
                        "os-packages",
                        "debian-12",
                        "amd64",
                        "f",
                        sha256("packages"),
                        content.length);
        store.receive(file, new ByteArrayInputStream(content));
        changes.make(
                new Change(ANN, "test", "bundle", ""),
                transaction -> {
                    Imported.put(
                            transaction,
                            new Imported.Release(
                                    "os-packages",
                                    "debian-12",
                                    "amd64",
                                    List.of(file),
                                    Map.of("haproxy", "2.6"),
                                    "ab",
                                    clock.instant()));
                    return "";
                });
        accept(Specs.SMALL);
        assertThat(shown()).contains("os-packages debian-12 []");
        accept(Specs.HA);
        assertThat(shown())
                .as("no host has told what it is")
                .contains("os-packages debian-12 [ha]");
    }

    @Test
    void whatAClusterNeedsIsNotRemovedAndTheClusterIsNamed() throws Exception {
        accept(Specs.SMALL);
        assertThatThrownBy(() -> held.remove(ANN, sha256("k3s v1.34.1+k3s1")))
                .hasMessageContaining("k3s v1.34.1+k3s1: cluster small needs it");
        assertThat(held.removeUnused(ANN))
                .extracting(n -> n.held().sha256())
                .containsExactly(sha256("etcd 3.6.14"), sha256("k3s v1.33.5+k3s1"));
    }

    @Test
    void whatAClusterNeedsSinceItWasListedStaysAndNothingIsOnRecord() throws Exception {
        var listed = held.all().getFirst().held();
        accept(Specs.SMALL);
        assertThat(held.discarded(ANN, listed)).isFalse();
        assertThat(store.file(listed.sha256())).isPresent();
        assertThat(records.all(new Table<>("audit", AuditRow.class)))
                .noneMatch(row -> row.value().method().endsWith("Remove"));
    }

    @Test
    void aFileIsNotStagedBetweenTheQuestionWhoNeedsItAndItsRemoval() throws Exception {
        String etcd = sha256("etcd 3.5.16");
        Thread[] staging = new Thread[1];
        boolean removed =
                store.discard(
                        etcd,
                        () -> {
                            staging[0] = Thread.ofPlatform().start(this::stageEtcd);
                            while (staging[0].getState() != Thread.State.WAITING
                                    && staging[0].isAlive()) {
                                Thread.onSpinWait();
                            }
                            return true;
                        });
        assertThat(removed).isTrue();
        staging[0].join();
        assertThat(store.file(etcd)).as("who came after fetched it again").isPresent();
    }

    private void stageEtcd() {
        try {
            var etcd = EtcdVersion.parse("3.5.16").orElseThrow();
            var k3s = K3sVersion.parse("v1.34.1+k3s1").orElseThrow();
            for (var file : store.known(k3s, etcd, Set.of("amd64")).files().values()) {
                if (file.artifact().equals("etcd")) {
                    store.stage(file);
                }
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aRemovedFileIsGoneAndItsRemovalIsOnRecord() throws Exception {
        String old = sha256("k3s v1.33.5+k3s1");
        held.remove(ANN, old.substring(0, 8));
        assertThat(store.file(old)).isEmpty();
        assertThat(shown()).noneMatch(line -> line.startsWith("k3s v1.33.5"));
        assertThat(records.all(new Table<>("audit", AuditRow.class)))
                .extracting(row -> row.value().method() + " " + row.value().target())
                .containsExactly("davit.operator.v1.Artifacts/Remove artifact/" + old);
        stage("v1.33.5+k3s1", "3.6.14");
        assertThat(store.file(old)).as("it can be fetched again").isPresent();
    }

    @Test
    void whatNamesNoFileOrMoreThanOneIsRefused() throws Exception {
        assertThatThrownBy(() -> held.remove(ANN, "../../etc/passwd"))
                .hasMessageContaining("want a SHA-256");
        assertThatThrownBy(() -> held.remove(ANN, "abc"))
                .hasMessageContaining("at least its first 8");
        assertThatThrownBy(() -> held.remove(ANN, "00000000"))
                .hasMessageContaining("no such artifact");
        Files.writeString(directory.resolve("artifacts/" + "ab".repeat(32)), "x");
        Files.writeString(directory.resolve("artifacts/" + "ab".repeat(31) + "cd"), "y");
        Files.writeString(directory.resolve("artifacts/notes.txt"), "z");
        assertThatThrownBy(() -> held.remove(ANN, "abababab"))
                .hasMessageContaining("more than one");
        assertThat(held.all()).as("unknown files are shown, others are not ours").hasSize(6);
    }
}
