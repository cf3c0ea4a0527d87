package io.davit.controller.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.common.Digests;
import io.davit.common.HostId;
import io.davit.common.Secret;
import io.davit.controller.TestClock;
import io.davit.controller.agentlink.BlobDesk;
import io.davit.controller.agentlink.BlobDesk.BlobRefusedException;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.disk.Room;
import io.davit.controller.store.InMemoryStore;
import io.davit.controller.store.Records;
import io.davit.controller.store.SealedSecrets;
import io.davit.controller.store.Sealer;
import io.davit.controller.store.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotShelfTest {

    private static final HostId HOST = new HostId("0".repeat(32));
    private static final String OLD = "20261123-120000-aaaa";
    private static final String NEW = "20261123-130000-bbbb";

    @TempDir Path state;

    private final TestClock clock = new TestClock(Instant.parse("2026-11-23T12:00:00Z"));
    private final InMemoryStore store = new InMemoryStore();
    private final Changes changes = new Changes(store, Secret.ofText("k"), clock);
    private final Records records = new Records(store);
    private final SealedSecrets secrets =
            new SealedSecrets(new Sealer("0a0a0a0a", Secret.of(new byte[32]), new SecureRandom()));

    private final Room room = new Room();

    private Snapshots snapshots() {
        return new Snapshots(state, changes, records, secrets);
    }

    private SnapshotShelf shelf() {
        return new SnapshotShelf(
                snapshots(),
                (cluster, host) ->
                        new Snapshot.Origin("e1", host.value(), 3, "v1.34.1+k3s1", "kind: Cluster"),
                2,
                clock,
                new SecureRandom(),
                room);
    }

    /** A database of whole blocks, and etcd's checksum behind it. */
    private static byte[] file(int blocks) {
        byte[] database = new byte[512 * blocks];
        Arrays.fill(database, (byte) 'x');
        byte[] file = Arrays.copyOf(database, database.length + 32);
        System.arraycopy(Digests.sha256(database), 0, file, database.length, 32);
        return file;
    }

    private static BlobDesk.Head head(String name, byte[] file) {
        return new BlobDesk.Head(
                name,
                "e1/etcd/snapshot",
                1,
                name,
                file.length,
                Digests.sha256Hex(file),
                new BlobDesk.SnapshotFacts("1a", "3.5.16", 7, 3, 4_000_000_000L));
    }

    private void take(String name, byte[] file) throws IOException, BlobRefusedException {
        var incoming = shelf().open("small", HOST, head(name, file));
        for (int at = 0; at < file.length; at += 700) {
            incoming.take(Arrays.copyOfRange(file, at, Math.min(file.length, at + 700)));
        }
        incoming.finish();
        incoming.discard();
    }

    private List<String> files() throws IOException {
        try (Stream<Path> found = Files.list(state.resolve("snapshots"))) {
            return found.map(file -> String.valueOf(file.getFileName())).sorted().toList();
        }
    }

    private byte[] content(String name) throws IOException {
        var snapshot = snapshots().find(name).orElseThrow();
        try (var in = Snapshots.open(state, records, secrets, snapshot)) {
            return in.readAllBytes();
        }
    }

    @Test
    void whatArrivesIsHeldSealedAndOpensAsItCame() throws Exception {
        byte[] file = file(300);
        take(OLD, file);

        assertThat(shelf().holds("small", OLD)).isTrue();
        assertThat(shelf().holds("other", OLD)).isFalse();
        assertThat(files()).containsExactly(OLD + ".sealed");
        assertThat(Files.getPosixFilePermissions(state.resolve("snapshots"))).hasSize(3);
        assertThat(
                        Files.readString(
                                state.resolve("snapshots").resolve(OLD + ".sealed"),
                                StandardCharsets.ISO_8859_1))
                .doesNotContain("xxxx");
        assertThat(content(OLD)).isEqualTo(file);
        var held = snapshots().find(OLD).orElseThrow();
        assertThat(held.origin().host()).isEqualTo("e1");
        assertThat(held.content().hash()).isEqualTo(4_000_000_000L);
        assertThat(snapshots().last("small").orElseThrow().sizeBytes()).isEqualTo(file.length);
    }

    @Test
    void whatDoesNotEndWithEtcdsOwnChecksumIsRefusedAndNothingIsKept() throws Exception {
        byte[] wrong = file(4);
        wrong[100] ^= 1;
        byte[] cut = Arrays.copyOf(file(4), 512 * 4);
        for (byte[] bad : List.of(wrong, cut, new byte[32])) {
            var incoming = shelf().open("small", HOST, head(OLD, bad));
            incoming.take(bad);
            assertThatThrownBy(incoming::finish)
                    .isInstanceOf(BlobRefusedException.class)
                    .hasMessageContaining("checksum");
            incoming.discard();
            assertThat(files()).isEmpty();
            assertThat(snapshots().all()).isEmpty();
        }
    }

    @Test
    void twoAtOnceAreNotLetInWhereOnlyOneHasRoom() throws Exception {
        var shelf = shelf();
        long size = (shelf.freeBytes() - Room.RESERVE) / 3 * 2;
        var first = shelf.open("small", HOST, ofSize(OLD, size));
        assertThatThrownBy(() -> shelf.open("other", HOST, ofSize("second", size)))
                .isInstanceOf(BlobRefusedException.class)
                .hasMessageContaining("MiB free");
        first.discard();
        shelf.open("other", HOST, ofSize("second", size)).discard();
        assertThat(files()).isEmpty();
    }

    private static BlobDesk.Head ofSize(String name, long size) {
        var head = head(name, file(1));
        return new BlobDesk.Head(name, head.stepId(), 1, name, size, head.sha256(), head.facts());
    }

    @Test
    void whatIsDiscardedInTheMiddleLeavesNothing() throws Exception {
        var incoming = shelf().open("small", HOST, head(OLD, file(300)));
        incoming.take(new byte[70_000]);
        assertThat(files()).containsExactly(OLD + ".part");
        incoming.discard();

        assertThat(files()).isEmpty();
        assertThat(shelf().holds("small", OLD)).isFalse();
    }

    @Test
    void whatDoesNotFitIsRefusedBeforeItIsWritten() {
        byte[] file = file(1);
        var huge = new BlobDesk.Head(OLD, "s", 1, OLD, 1L << 60, "", head(OLD, file).facts());
        assertThatThrownBy(() -> shelf().open("small", HOST, huge))
                .isInstanceOfSatisfying(
                        BlobRefusedException.class,
                        refused ->
                                assertThat(refused.refusal())
                                        .isEqualTo(BlobRefusedException.Cause.NO_ROOM));
    }

    @Test
    void oneThatIsHeldIsNotTakenAgain() throws Exception {
        take(OLD, file(1));
        assertThatThrownBy(() -> shelf().open("small", HOST, head(OLD, file(1))))
                .isInstanceOf(BlobRefusedException.class);
        assertThat(content(OLD)).isEqualTo(file(1));
    }

    @Test
    void theOldestGoBeyondTheNumberThatIsKept() throws Exception {
        take("20261123-100000-aaaa", file(1));
        take(NEW, file(2));
        take(OLD, file(3));

        assertThat(snapshots().of("small").stream().map(Snapshot::name)).containsExactly(NEW, OLD);
        assertThat(files()).containsExactly(OLD + ".sealed", NEW + ".sealed");
    }

    @Test
    void theOneThatWasJustTakenStaysWhateverTheClockSays() throws Exception {
        String early = "20261123-100000-aaaa";
        take(NEW, file(2));
        take(OLD, file(3));
        take(early, file(1));

        assertThat(snapshots().of("small").stream().map(Snapshot::name))
                .containsExactly(NEW, early);
    }

    @Test
    void aRemovedOneIsGoneWithItsKey() throws Exception {
        take(OLD, file(1));
        var snapshot = snapshots().find(OLD).orElseThrow();
        snapshots().remove(new Actor("operator/ann", "admin", ""), "test", snapshot);

        assertThat(files()).isEmpty();
        assertThat(snapshots().all()).isEmpty();
        assertThatThrownBy(() -> secrets.require(records, "cluster/small/snapshot/" + OLD))
                .isInstanceOf(StoreException.class);
        assertThat(snapshots().last("small")).as("when there was one").isPresent();
    }

    @Test
    void afterACrashAPartWithoutARowGoesAndOneWithARowIsPublished() throws Exception {
        take(OLD, file(1));
        Files.move(
                state.resolve("snapshots").resolve(OLD + ".sealed"),
                state.resolve("snapshots").resolve(OLD + ".part"));
        Files.writeString(state.resolve("snapshots").resolve(NEW + ".part"), "half");
        Files.writeString(state.resolve("snapshots").resolve("gone.sealed"), "removed");
        Files.writeString(state.resolve("snapshots").resolve("README"), "somebody else's");

        snapshots().tidy(true);

        assertThat(files()).containsExactly(OLD + ".sealed", "README");
        assertThat(content(OLD)).isEqualTo(file(1));
    }

    @Test
    void whatIsOnItsWayIsLeftAloneWhileTheControllerRuns() throws Exception {
        var incoming = shelf().open("small", HOST, head(OLD, file(1)));
        snapshots().tidy(false);
        assertThat(files()).containsExactly(OLD + ".part");
        incoming.discard();
    }

    @Test
    void aClusterThatEndsTakesItsSnapshotsWithItOrKeepsThemByItsOtherName() throws Exception {
        take(OLD, file(1));
        end("small", "small.op1", false);
        assertThat(snapshots().find(OLD).orElseThrow().cluster()).isEqualTo("small.op1");
        assertThat(content(OLD)).isEqualTo(file(1));
        assertThat(snapshots().last("small")).isEmpty();

        take(NEW, file(2));
        end("small", "small.op2", true);
        assertThat(snapshots().find(NEW)).isEmpty();
        snapshots().tidy(false);
        assertThat(files()).containsExactly(OLD + ".sealed");
    }

    /** As the cluster's material ends first, and its secrets with it. */
    private void end(String cluster, String archived, boolean destroy) {
        changes.make(
                new Change(Actor.controller(), "test", "cluster/" + cluster, ""),
                transaction -> {
                    if (destroy) {
                        secrets.removeBelow(transaction, "cluster/" + cluster);
                    } else {
                        secrets.renameBelow(
                                transaction, "cluster/" + cluster, "cluster/" + archived);
                    }
                    Snapshots.end(transaction, cluster, archived, destroy);
                    return cluster;
                });
    }
}
