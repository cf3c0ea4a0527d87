package io.davit.controller.snapshot;

import io.davit.common.Digests;
import io.davit.common.HostId;
import io.davit.common.Secret;
import io.davit.controller.agentlink.BlobDesk;
import io.davit.controller.agentlink.BlobDesk.BlobRefusedException;
import io.davit.controller.disk.Room;
import io.davit.controller.execute.BlobShelf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes snapshots as they arrive.
 *
 * <ol>
 *   <li>There is room for the file, and enough is left.
 *   <li>It is sealed chunk by chunk, with a key of its own: nothing plain touches the disk.
 *   <li>It is held to the checksum that etcd itself puts behind it, whatever its host says of it.
 *   <li>It is kept; the oldest of its cluster go beyond a fixed number.
 * </ol>
 */
public final class SnapshotShelf implements BlobShelf {

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotShelf.class);

    private static final int KEY_BYTES = 32;

    private final Snapshots snapshots;
    private final Origins origins;
    private final int most;
    private final Clock clock;
    private final SecureRandom random;
    private final Room room;

    /** What a cluster is now. */
    @FunctionalInterface
    public interface Origins {
        Snapshot.Origin of(String cluster, HostId host);
    }

    /**
     * @param most snapshots of a cluster that are kept
     * @param room shared with all else that the controller writes
     */
    public SnapshotShelf(
            Snapshots snapshots,
            Origins origins,
            int most,
            Clock clock,
            SecureRandom random,
            Room room) {
        this.snapshots = snapshots;
        this.origins = origins;
        this.most = most;
        this.clock = clock;
        this.random = random;
        this.room = room;
    }

    @Override
    public boolean holds(String cluster, String name) {
        return snapshots.find(name).filter(it -> it.cluster().equals(cluster)).isPresent();
    }

    /** Free bytes where snapshots lie, without those that uploads under way are to take. */
    public long freeBytes() throws IOException {
        return room.freeBytes(snapshots.prepared());
    }

    @Override
    public BlobDesk.Incoming open(String cluster, HostId from, BlobDesk.Head head)
            throws BlobRefusedException {
        if (holds(cluster, head.name())) {
            throw new BlobRefusedException(
                    BlobRefusedException.Cause.NOT_ASKED, "all of it is here already");
        }
        try {
            snapshots.prepared();
            var promise = room.promise(snapshots.part(head.name()), head.sizeBytes(), Room.RESERVE);
            return receiving(cluster, from, head, promise);
        } catch (Room.NoRoomException e) {
            throw new BlobRefusedException(
                    BlobRefusedException.Cause.NO_ROOM,
                    "the controller has %d MiB free, %d are needed"
                            .formatted(e.freeBytes() >> 20, e.neededBytes() >> 20));
        } catch (IOException e) {
            LOG.error("cannot receive snapshot {}", head.name(), e);
            throw new BlobRefusedException(
                    BlobRefusedException.Cause.NO_ROOM,
                    "the controller cannot write it; its log says why");
        }
    }

    private Receiving receiving(
            String cluster, HostId from, BlobDesk.Head head, Room.Promise promise)
            throws IOException {
        try {
            Path part = snapshots.part(head.name());
            Files.deleteIfExists(part);
            Secret key = Secret.random(random, KEY_BYTES);
            return new Receiving(
                    cluster,
                    from,
                    head,
                    key,
                    part,
                    SealedFile.Writer.create(part, key, head.name()),
                    promise);
        } catch (IOException | RuntimeException e) {
            promise.close();
            throw e;
        }
    }

    /** One that arrives. */
    private final class Receiving implements BlobDesk.Incoming {

        private final String cluster;
        private final HostId from;
        private final BlobDesk.Head head;
        private final Secret key;
        private final Path part;
        private final SealedFile.Writer writer;
        private final EtcdChecksum checksum = new EtcdChecksum();
        private final Room.Promise promise;
        private boolean over;

        Receiving(
                String cluster,
                HostId from,
                BlobDesk.Head head,
                Secret key,
                Path part,
                SealedFile.Writer writer,
                Room.Promise promise) {
            this.cluster = cluster;
            this.from = from;
            this.head = head;
            this.key = key;
            this.part = part;
            this.writer = writer;
            this.promise = promise;
        }

        @Override
        public void take(byte[] data) throws IOException {
            checksum.update(data);
            writer.write(data);
        }

        @Override
        public void finish() throws IOException, BlobRefusedException {
            if (!checksum.matches()) {
                throw new BlobRefusedException(
                        BlobRefusedException.Cause.WRONG,
                        "it does not end with etcd's own checksum of it");
            }
            writer.finish();
            var facts = head.facts();
            snapshots.keep(
                    new Snapshot(
                            head.name(),
                            cluster,
                            clock.instant(),
                            origins.of(cluster, from),
                            new Snapshot.Content(
                                    facts.memberId(),
                                    facts.etcdVersion(),
                                    facts.revision(),
                                    facts.totalKeys(),
                                    facts.hash(),
                                    head.sizeBytes(),
                                    head.sha256())),
                    key);
            over = true;
            promise.close();
            snapshots.publish(head.name());
            try {
                snapshots.retire(cluster, most, head.name());
            } catch (IOException e) {
                // the new one is held; the old ones are tried again with the next
                LOG.error("cannot remove the oldest snapshots of cluster {}", cluster, e);
            }
        }

        @Override
        public void discard() {
            if (over) {
                return;
            }
            over = true;
            promise.close();
            try {
                writer.close();
                Files.deleteIfExists(part);
            } catch (IOException e) {
                LOG.error("cannot remove {}", part, e);
            }
        }
    }

    /**
     * A snapshot is a database, whose size is a multiple of 512, and its SHA-256 behind it (etcd
     * {@code api/v3rpc/maintenance.go}, and its check on restoring).
     */
    private static final class EtcdChecksum {

        private static final int BLOCK = 512;
        private static final int LENGTH = 32;

        private final MessageDigest digest = Digests.sha256();

        /** The last bytes, which may be the checksum. */
        private byte[] tail = new byte[0];

        private long size;

        void update(byte[] data) {
            byte[] all = Arrays.copyOf(tail, tail.length + data.length);
            System.arraycopy(data, 0, all, tail.length, data.length);
            int before = Math.max(0, all.length - LENGTH);
            digest.update(all, 0, before);
            tail = Arrays.copyOfRange(all, before, all.length);
            size += data.length;
        }

        boolean matches() {
            return size % BLOCK == LENGTH && MessageDigest.isEqual(digest.digest(), tail);
        }
    }
}
