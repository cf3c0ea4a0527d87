package io.davit.agent.step;

import io.davit.common.Digests;
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
public final class FileFetch {

    private static final int MOST_FAILURES = 3;
    private static final Duration BETWEEN = Duration.ofSeconds(1);
    private static final long MEBIBYTE = 1024 * 1024;
    private static final long TELL_EVERY = 4 * MEBIBYTE;

    /** What the one who fetches knows of time, and tells. */
    public interface Patience {

        /** The time for it is over. */
        boolean overdue();

        /** Waits a moment; throws if the agent is stopping. */
        void pause(Duration duration) throws InterruptedException;

        /** What it does now: "fetched 12 of 60 MiB". */
        void progress(String doing);
    }

    /** How it ended. */
    public sealed interface End {}

    /** It is there, whole and verified, under its part name. */
    public record Fetched() implements End {}

    /** It is not there in time. */
    public record Overdue(String got) implements End {}

    /** It cannot be had now; another try may get on. */
    public record BrokeOff(String cause) implements End {}

    /** What came is not the file. */
    public record Wrong(String actual) implements End {}

    private final ArtifactSource source;
    private final String sha256;
    private final long sizeBytes;
    private final Patience patience;

    /**
     * @param sha256 lower-case hex
     */
    public FileFetch(ArtifactSource source, String sha256, long sizeBytes, Patience patience) {
        this.source = source;
        this.sha256 = sha256;
        this.sizeBytes = sizeBytes;
        this.patience = patience;
    }

    /**
     * Fetches what is missing of it.
     *
     * @throws IOException if it cannot be written
     */
    public End into(Path part) throws IOException, InterruptedException {
        if (Files.exists(part) && Files.size(part) > sizeBytes) {
            Files.delete(part);
        }
        int failures = 0;
        while (have(part) < sizeBytes) {
            if (patience.overdue()) {
                return new Overdue(got(part));
            }
            long before = have(part);
            String cause = "the controller sent less than the whole file";
            try (InputStream in = source.open(sha256, before)) {
                append(in, part);
            } catch (IOException e) {
                cause = String.valueOf(e.getMessage());
            }
            failures = have(part) > before ? 0 : failures + 1;
            if (failures == MOST_FAILURES) {
                return new BrokeOff(cause);
            }
            if (have(part) < sizeBytes) {
                patience.pause(BETWEEN);
            }
        }
        patience.progress("verifying what was fetched");
        String actual = Digests.sha256Hex(part);
        if (!actual.equals(sha256)) {
            Files.delete(part);
            return new Wrong(actual);
        }
        return new Fetched();
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
            patience.progress(got(part));
            while (position < sizeBytes) {
                int most = (int) Math.min(buffer.length, sizeBytes - position);
                int n = in.read(buffer, 0, most);
                if (n < 0 || patience.overdue()) {
                    break;
                }
                var bytes = ByteBuffer.wrap(buffer, 0, n);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                position += n;
                if (position - told >= TELL_EVERY) {
                    told = position;
                    patience.progress(got(part));
                    patience.pause(Duration.ZERO);
                }
            }
            channel.force(true);
        }
    }

    private String got(Path part) throws IOException {
        return sizeBytes < 10 * MEBIBYTE
                ? "fetched %d of %d KiB".formatted(have(part) / 1024, sizeBytes / 1024)
                : "fetched %d of %d MiB".formatted(have(part) / MEBIBYTE, sizeBytes / MEBIBYTE);
    }
}
