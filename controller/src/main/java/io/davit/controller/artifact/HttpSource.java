package io.davit.controller.artifact;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Releases by HTTP: {@code <base>/<version, + as %2B>/<file>}. Redirects are followed, but never
 * from https to http. A download that stands still is broken off.
 */
final class HttpSource implements ReleaseSource {

    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration HEADERS = Duration.ofSeconds(30);
    private static final Pattern TOTAL = Pattern.compile("bytes \\d+-\\d+/(\\d+)");
    private static final Pattern START = Pattern.compile("bytes (\\d+)-\\d+/(?:\\d+|\\*)");

    private final String base;
    private final Duration stall;
    private final HttpClient client =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(CONNECT)
                    .followRedirects(HttpClient.Redirect.NORMAL)
                    .build();

    HttpSource(String base) {
        this(base, Duration.ofSeconds(30));
    }

    /**
     * The same with another patience.
     *
     * @param stall a body that brings nothing for this long is broken off
     */
    HttpSource(String base, Duration stall) {
        this.base = base;
        this.stall = stall;
    }

    @Override
    public String place(String version, String file) {
        return base + "/" + version.replace("+", "%2B") + "/" + file;
    }

    /** The JDK's own messages name neither the place nor, at times, anything. */
    private <T> HttpResponse<T> send(
            String version, String file, HttpRequest request, HttpResponse.BodyHandler<T> handler)
            throws IOException, InterruptedException {
        try {
            return client.send(request, handler);
        } catch (ConnectException e) {
            throw new IOException(place(version, file) + ": cannot connect", e);
        } catch (HttpTimeoutException e) {
            throw new IOException(place(version, file) + ": no answer in time", e);
        }
    }

    private HttpRequest.Builder request(String version, String file) {
        return HttpRequest.newBuilder(URI.create(place(version, file))).timeout(HEADERS);
    }

    @Override
    public String text(String version, String file) throws IOException, InterruptedException {
        HttpResponse<InputStream> response =
                send(
                        version,
                        file,
                        request(version, file).build(),
                        HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = response.body();
                var _ = new Watchdog(body, new AtomicLong(System.nanoTime()))) {
            requireOk(response, place(version, file));
            byte[] bytes = body.readNBytes(Checksums.LONGEST + 1);
            if (bytes.length > Checksums.LONGEST) {
                throw new IOException(
                        place(version, file) + " is longer than " + Checksums.LONGEST + " bytes");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    @Override
    public long size(String version, String file) throws IOException, InterruptedException {
        HttpResponse<Void> head =
                send(
                        version,
                        file,
                        request(version, file).HEAD().build(),
                        HttpResponse.BodyHandlers.discarding());
        OptionalLong length = head.headers().firstValueAsLong("Content-Length");
        if (head.statusCode() == 200 && length.isPresent()) {
            return length.getAsLong();
        }
        if (head.statusCode() == 404) {
            requireOk(head, place(version, file));
        }
        HttpResponse<InputStream> first =
                send(
                        version,
                        file,
                        request(version, file).header("Range", "bytes=0-0").build(),
                        HttpResponse.BodyHandlers.ofInputStream());
        first.body().close();
        requireOk(first, place(version, file));
        Matcher total = TOTAL.matcher(first.headers().firstValue("Content-Range").orElse(""));
        if (total.matches()) {
            return Long.parseLong(total.group(1));
        }
        return first.headers()
                .firstValueAsLong("Content-Length")
                .orElseThrow(
                        () -> new IOException(place(version, file) + " does not tell its length"));
    }

    @Override
    public void fetch(String version, String file, Path part, long mostBytes)
            throws IOException, InterruptedException {
        long have = Files.exists(part) ? Files.size(part) : 0;
        var request = request(version, file);
        if (have > 0) {
            request.header("Range", "bytes=" + have + "-");
        }
        HttpResponse<InputStream> response =
                send(version, file, request.build(), HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = response.body()) {
            if (response.statusCode() == 416) {
                // behind its end: what is there is too long, or whole; the checksum will tell
                return;
            }
            requireOk(response, place(version, file));
            boolean goesOn = response.statusCode() == 206 && startsAt(response, have);
            if (response.statusCode() == 206 && !goesOn) {
                throw new IOException(
                        place(version, file) + " answered another range than was asked for");
            }
            copy(body, place(version, file), part, goesOn, mostBytes - (goesOn ? have : 0));
        }
    }

    private static boolean startsAt(HttpResponse<?> response, long offset) {
        Matcher start = START.matcher(response.headers().firstValue("Content-Range").orElse(""));
        return start.matches() && Long.parseLong(start.group(1)) == offset;
    }

    private void copy(InputStream body, String place, Path part, boolean append, long mostBytes)
            throws IOException {
        var progress = new AtomicLong(System.nanoTime());
        try (var watchdog = new Watchdog(body, progress);
                OutputStream out =
                        Files.newOutputStream(
                                part,
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE,
                                append
                                        ? StandardOpenOption.APPEND
                                        : StandardOpenOption.TRUNCATE_EXISTING)) {
            byte[] buffer = new byte[128 << 10];
            long left = mostBytes;
            for (int n = read(body, buffer, place, watchdog);
                    n >= 0;
                    n = read(body, buffer, place, watchdog)) {
                left -= n;
                if (left < 0) {
                    throw new IOException(place + " sends more bytes than it announced");
                }
                out.write(buffer, 0, n);
                progress.set(System.nanoTime());
            }
        }
    }

    private int read(InputStream body, byte[] buffer, String place, Watchdog watchdog)
            throws IOException {
        try {
            return body.read(buffer);
        } catch (IOException e) {
            throw new IOException(
                    watchdog.barked()
                            ? place + ": nothing came for " + stall.toSeconds() + " s"
                            : place + ": the connection broke",
                    e);
        }
    }

    private static void requireOk(HttpResponse<?> response, String place) throws IOException {
        int code = response.statusCode();
        if (code == 404 || code == 410) {
            throw new NotPublishedException(place + " answered " + code);
        }
        if (code != 200 && code != 206) {
            throw new IOException(place + " answered " + code);
        }
    }

    /** Closes a body that brings nothing any more: the JDK's deadline ends with the headers. */
    private final class Watchdog implements AutoCloseable {

        private final ScheduledExecutorService timer =
                Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().factory());

        private volatile boolean barked;

        Watchdog(InputStream body, AtomicLong progress) {
            long every = Math.max(1, stall.toMillis() / 10);
            timer.scheduleWithFixedDelay(
                    () -> {
                        if (System.nanoTime() - progress.get() > stall.toNanos()) {
                            barked = true;
                            try {
                                body.close();
                            } catch (IOException e) {
                                // the reader is told by its own exception
                            }
                        }
                    },
                    every,
                    every,
                    TimeUnit.MILLISECONDS);
        }

        boolean barked() {
            return barked;
        }

        @Override
        public void close() {
            timer.shutdownNow();
        }
    }
}
