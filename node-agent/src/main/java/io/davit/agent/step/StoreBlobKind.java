package io.davit.agent.step;

import io.davit.agent.health.Etcd;
import io.davit.agent.observe.ReadOnlyHost;
import io.davit.agent.profile.Blob;
import io.davit.agent.profile.Profile;
import io.davit.agent.system.HostSystem;
import io.davit.common.Digests;
import io.davit.common.Names;
import io.davit.proto.agent.v1.BlobHead;
import io.davit.proto.agent.v1.EtcdSnapshot;
import io.davit.proto.agent.v1.Step;
import io.davit.proto.agent.v1.StoreBlob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Makes a file of what the profile names, sends it to the controller and removes it again.
 *
 * <ol>
 *   <li>What earlier tries left is removed.
 *   <li>The file is made and looked at ({@link SnapshotSaving}).
 *   <li>It is sent; the controller holds it to its size and digest.
 *   <li>It is removed, however this ended.
 * </ol>
 *
 * A controller that is away is worth another try, with a new file: what a later one finds is newer.
 */
final class StoreBlobKind implements StepKind {

    private static final Pattern NAME = Pattern.compile("[a-z0-9-]{1,64}");
    private static final Duration AGAIN = Duration.ofSeconds(5);
    private static final long TELL_EVERY = 4L << 20;

    private final SnapshotSaving snapshots;

    StoreBlobKind(HostSystem system) {
        this.snapshots = new SnapshotSaving(new Etcd(system.files(), system.processes()));
    }

    @Override
    public boolean always() {
        return true;
    }

    @Override
    public Finding check(Step step, Profile profile, ReadOnlyHost host) throws StepEnded {
        var blob = blob(step.getStoreBlob(), profile);
        return new Finding.Unclear("what " + blob.name() + " would hold is known when it is made");
    }

    private static Blob blob(StoreBlob store, Profile profile) throws StepEnded {
        if (!NAME.matcher(store.getName()).matches()) {
            throw StepEnded.failed(
                    "cannot make a blob \"%s\": that is no name"
                            .formatted(Names.printable(store.getName())));
        }
        return profile.blob(store.getBlob())
                .orElseThrow(() ->
                        StepEnded.failed(
                                "cannot make \"%s\": role %s has no such blob"
                                        .formatted(
                                                Names.printable(store.getBlob()), profile.role())));
    }

    @Override
    public Optional<String> apply(Step step, Profile profile, Work work)
            throws StepEnded, IOException, InterruptedException {
        var directory = BlobDirectory.of(work.stateDirectory());
        Blob blob = blob(step.getStoreBlob(), profile);
        directory.prepare();
        try {
            return switch (blob) {
                case Blob.EtcdSnapshot _ -> Optional.of(snapshot(step, directory, work));
            };
        } finally {
            directory.clear();
        }
    }

    private String snapshot(Step step, BlobDirectory directory, Work work)
            throws StepEnded, IOException, InterruptedException {
        String name = step.getStoreBlob().getName();
        Path file = directory.path().resolve(name);
        EtcdSnapshot saved = snapshots.save(directory, file, work);
        long size = Files.size(file);
        send(
                BlobHead.newBuilder()
                        .setOperationId(work.operationId())
                        .setStepId(step.getStepId())
                        .setAttempt(step.getAttempt())
                        .setName(name)
                        .setSizeBytes(size)
                        .setSha256(Digests.sha256Hex(file))
                        .setEtcdSnapshot(saved)
                        .build(),
                file,
                work);
        return "snapshot %s: revision %d, %d keys, %d bytes"
                .formatted(name, saved.getRevision(), saved.getTotalKeys(), size);
    }

    private static void send(BlobHead head, Path file, Work work)
            throws StepEnded, InterruptedException {
        String what = "cannot send snapshot " + head.getName() + " to the controller: ";
        var told = new Told(head.getSizeBytes(), work);
        try {
            told.sent(0);
            work.ports().blobs().put(head, file, work.left(), told::sent);
        } catch (BlobSink.RefusedException e) {
            throw e.full()
                    ? StepEnded.blocked(what + e.getMessage(), "make room on its host")
                    : StepEnded.failed(what + e.getMessage());
        } catch (IOException e) {
            throw StepEnded.retry(AGAIN, what + e.getMessage());
        }
    }

    private static final class Told {

        private final long size;
        private final Work work;
        private long next;

        Told(long size, Work work) {
            this.size = size;
            this.work = work;
        }

        void sent(long bytes) {
            if (bytes >= next || bytes == size) {
                next = bytes + TELL_EVERY;
                work.progress("sent %d of %d KiB".formatted(bytes >> 10, size >> 10));
            }
        }
    }
}
