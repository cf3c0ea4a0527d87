package io.davit.agent.step;

import io.davit.agent.observe.PlacedArtifact;
import io.davit.common.Digests;
import io.davit.proto.agent.v1.EnsureArtifact;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/**
 * Fetches a published file into a part file, going on where an earlier try ended, be it one of an
 * agent that was killed. What does not have the wanted SHA-256 in the end is thrown away.
 */
final class ArtifactFetch {

    private static final int MOST_FAILURES = 3;
    private static final Duration BETWEEN = Duration.ofSeconds(1);
    private static final long MEBIBYTE = 1024 * 1024;
    private static final long TELL_EVERY = 4 * MEBIBYTE;

    private final EnsureArtifact wanted;
    private final Work work;

    ArtifactFetch(EnsureArtifact wanted, Work work) {
        this.wanted = wanted;
        this.work = work;
    }

    /** The whole, verified file, still under its part name. */
    Path fetch() throws StepEnded, IOException, InterruptedException {
        Path part =
                work.system()
                        .files()
                        .resolve(PlacedArtifact.DIRECTORY + "/.part-" + wanted.getSha256());
        if (Files.exists(part) && Files.size(part) > wanted.getSizeBytes()) {
            Files.delete(part);
        }
        int failures = 0;
        while (have(part) < wanted.getSizeBytes()) {
            if (work.overdue()) {
                throw StepEnded.failed(
                        "cannot fetch %s: %s in %d s"
                                .formatted(name(), got(part), work.deadline().toSeconds()));
            }
            long before = have(part);
            String cause = "the controller sent less than the whole file";
            try (InputStream in = work.ports().artifacts().open(wanted.getSha256(), before)) {
                append(in, part);
            } catch (IOException e) {
                cause = String.valueOf(e.getMessage());
            }
            failures = have(part) > before ? 0 : failures + 1;
            if (failures == MOST_FAILURES) {
                throw StepEnded.retry(
                        Duration.ofSeconds(5), "cannot fetch %s: %s".formatted(name(), cause));
            }
            if (have(part) < wanted.getSizeBytes()) {
                work.pause(BETWEEN);
            }
        }
        work.progress("verifying " + name());
        String actual = Digests.sha256Hex(part);
        if (!actual.equals(wanted.getSha256())) {
            Files.delete(part);
            throw StepEnded.failed(
                    "cannot verify %s: its SHA-256 is %s, %s is wanted"
                            .formatted(name(), actual, wanted.getSha256()));
        }
        return part;
    }

    private static long have(Path part) throws IOException {
        return Files.exists(part) ? Files.size(part) : 0;
    }

    private void append(InputStream in, Path part) throws IOException, InterruptedException {
        byte[] buffer = new byte[64 * 1024];
        try (var channel =
                FileChannel.open(
                        part,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.APPEND)) {
            long position = channel.size();
            long told = position;
            work.progress(got(part));
            while (position < wanted.getSizeBytes()) {
                int most = (int) Math.min(buffer.length, wanted.getSizeBytes() - position);
                int n = in.read(buffer, 0, most);
                if (n < 0 || work.overdue()) {
                    break;
                }
                var bytes = ByteBuffer.wrap(buffer, 0, n);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                position += n;
                if (position - told >= TELL_EVERY) {
                    told = position;
                    work.progress(got(part));
                    work.pause(Duration.ZERO);
                }
            }
            channel.force(true);
        }
    }

    private String got(Path part) throws IOException {
        return wanted.getSizeBytes() < 10 * MEBIBYTE
                ? "fetched %d of %d KiB".formatted(have(part) / 1024, wanted.getSizeBytes() / 1024)
                : "fetched %d of %d MiB"
                        .formatted(have(part) / MEBIBYTE, wanted.getSizeBytes() / MEBIBYTE);
    }

    private String name() {
        return wanted.getArtifact() + " " + wanted.getVersion();
    }
}
