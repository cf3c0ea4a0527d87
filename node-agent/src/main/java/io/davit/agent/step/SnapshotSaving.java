package io.davit.agent.step;

import io.davit.agent.health.Etcd;
import io.davit.common.QuorumGuard;
import io.davit.proto.agent.v1.EtcdSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Saves a snapshot of the etcd member on this host.
 *
 * <ol>
 *   <li>The member is asked itself, whatever the controller has read before: a voter that serves
 *       linearizable reads and does not lag behind the others.
 *   <li>There is room for the file, and enough is left.
 *   <li>etcdctl saves it; etcd's own program reads it back.
 *   <li>Its revision is one that the member had between the beginning and the end. It may be lower
 *       where the last writes were deletions that are compacted away, and nowhere else.
 * </ol>
 */
final class SnapshotSaving {

    /** Kept free beside the file. */
    static final long RESERVE = 512L << 20;

    private static final Duration READING = Duration.ofSeconds(5);
    private static final Duration LOOKING = Duration.ofMinutes(5);
    private static final long POLL_MILLIS = 500;

    private final Etcd etcd;

    SnapshotSaving(Etcd etcd) {
        this.etcd = etcd;
    }

    private static StepEnded failed(String why) {
        return StepEnded.failed("cannot save a snapshot: " + why);
    }

    /** Leaves the file, and says what is in it. */
    EtcdSnapshot save(BlobDirectory directory, Path file, Work work)
            throws StepEnded, IOException, InterruptedException {
        String endpoint = etcd.ownEndpoint();
        var before = healthy(endpoint);
        room(directory, before);
        work.progress("etcdctl saves a snapshot");
        write(endpoint, file, work);
        work.progress("reading the snapshot back");
        var saved = etcd.snapshot(file, work.left(LOOKING));
        var after = etcd.status(endpoint, READING);
        judge(endpoint, saved, before, after);
        return EtcdSnapshot.newBuilder()
                .setMemberId(before.memberId())
                .setEtcdVersion(before.version())
                .setRevision(saved.revision())
                .setTotalKeys(saved.totalKeys())
                .setHash(saved.hash())
                .build();
    }

    private Etcd.Status healthy(String endpoint)
            throws StepEnded, IOException, InterruptedException {
        Etcd.Reading reading;
        try {
            reading = etcd.reading(READING);
        } catch (IOException e) {
            throw failed("this member does not serve: " + e.getMessage());
        }
        long highest =
                reading.members().stream()
                        .filter(QuorumGuard.Member::servedRead)
                        .mapToLong(QuorumGuard.Member::raftIndex)
                        .max()
                        .orElse(0);
        var own =
                reading.members().stream()
                        .filter(member -> member.id().equals(reading.ownId()))
                        .findFirst()
                        .orElseThrow(() -> failed("this member is in its own list no more"));
        if (!own.voter()) {
            throw failed("this member is a learner");
        }
        if (!own.servedRead()) {
            throw failed("this member answers no linearizable read");
        }
        if (highest - own.raftIndex() > QuorumGuard.MAX_LAG) {
            throw failed("this member is %d entries behind".formatted(highest - own.raftIndex()));
        }
        return etcd.status(endpoint, READING);
    }

    private static void room(BlobDirectory directory, Etcd.Status status)
            throws StepEnded, IOException {
        long database = number(status.databaseBytes());
        long needed = database + database / 5 + RESERVE;
        long free = directory.freeBytes();
        if (free < needed) {
            throw StepEnded.blocked(
                    "cannot save a snapshot: %d MiB are free below %s, %d are needed"
                            .formatted(free >> 20, directory.path(), needed >> 20),
                    "free space there");
        }
    }

    private static long number(String text) throws StepEnded {
        if (!text.matches("[0-9]{1,18}")) {
            throw failed("etcdctl says neither size nor revision of this member");
        }
        return Long.parseLong(text);
    }

    private void write(String endpoint, Path file, Work work)
            throws StepEnded, IOException, InterruptedException {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Boolean> saving =
                    threads.submit(() -> {
                        etcd.saveSnapshot(endpoint, file, work.left());
                        return true;
                    });
            try {
                while (!ended(saving)) {
                    work.progress("etcdctl has saved %d KiB".formatted(written(file) >> 10));
                    work.pause(Duration.ZERO);
                }
            } finally {
                // stops etcdctl, if it still runs
                saving.cancel(true);
            }
        }
    }

    private static boolean ended(Future<Boolean> saving) throws StepEnded, InterruptedException {
        try {
            return saving.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw failed(String.valueOf(e.getCause() == null ? e : e.getCause().getMessage()));
        }
    }

    /** etcdctl writes under another name until it has all of it. */
    private static long written(Path file) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try {
            return Files.size(part);
        } catch (java.nio.file.NoSuchFileException e) {
            return Files.exists(file) ? Files.size(file) : 0;
        }
    }

    private void judge(String endpoint, Etcd.Snapshot saved, Etcd.Status before, Etcd.Status after)
            throws StepEnded, IOException, InterruptedException {
        long from = number(before.revision());
        long to = number(after.revision());
        if (saved.revision() > to
                || saved.revision() < from
                        && !etcd.isCompacted(endpoint, saved.revision(), READING)) {
            throw failed(
                    "it holds revision %d, this member had %d before and %d after it"
                            .formatted(saved.revision(), from, to));
        }
        if (saved.totalBytes() <= 0) {
            throw failed("it is empty");
        }
    }
}
