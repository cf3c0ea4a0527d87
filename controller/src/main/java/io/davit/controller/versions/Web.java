package io.davit.controller.versions;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/**
 * Small answers by HTTP. A whole answer has one deadline and one longest length, whatever the
 * server does; redirects are followed, but never from https to http.
 */
final class Web {

    private static final Duration CONNECT = Duration.ofSeconds(5);

    /** The next page, as RFC 8288 writes it: {@code <https://…>; rel="next"}. */
    private static final Pattern NEXT = Pattern.compile("<([^<>]{1,2000})>\\s*;\\s*rel=\"?next\"?");

    private final Duration deadline;
    private final int mostBytes;
    private final HttpClient client =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(CONNECT)
                    .followRedirects(HttpClient.Redirect.NORMAL)
                    .build();

    /**
     * Asks with these bounds.
     *
     * @param deadline for one answer, from the first byte of the request to the last of the answer
     * @param mostBytes of one answer
     */
    Web(Duration deadline, int mostBytes) {
        this.deadline = deadline;
        this.mostBytes = mostBytes;
    }

    /**
     * An answer.
     *
     * @param next where the next page is, on the same server only
     */
    record Page(String text, Optional<URI> next) {}

    /**
     * Asks.
     *
     * @throws IOException naming the place, if it does not answer 200 within the bounds
     */
    Page get(URI place) throws IOException, InterruptedException {
        var request =
                HttpRequest.newBuilder(place)
                        .header("Accept", "application/json")
                        .header("User-Agent", "davit")
                        .build();
        var asked =
                client.sendAsync(
                        request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), mostBytes));
        try {
            var answer = asked.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
            if (answer.statusCode() != 200) {
                throw new IOException(place + " answered " + answer.statusCode());
            }
            return new Page(new String(answer.body(), StandardCharsets.UTF_8), next(place, answer));
        } catch (TimeoutException e) {
            throw new IOException(place + ": no answer in " + deadline.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            throw new IOException(place + ": " + why(e), e);
        } finally {
            asked.cancel(true);
        }
    }

    private String why(ExecutionException failed) {
        return switch (failed.getCause()) {
            case null -> "the connection broke";
            case ConnectException _ -> "cannot connect";
            case HttpTimeoutException _ -> "cannot connect in " + CONNECT.toSeconds() + " s";
            default ->
                    String.valueOf(failed.getMessage()).contains("capacity")
                            ? "the answer is longer than " + mostBytes + " bytes"
                            : "the connection broke";
        };
    }

    private static Optional<URI> next(URI place, HttpResponse<?> answer) {
        for (String link : answer.headers().allValues("Link")) {
            var match = NEXT.matcher(link);
            if (match.find()) {
                try {
                    var next = place.resolve(match.group(1));
                    boolean sameServer =
                            place.getScheme().equals(next.getScheme())
                                    && place.getRawAuthority().equals(next.getRawAuthority());
                    return sameServer ? Optional.of(next) : Optional.empty();
                } catch (IllegalArgumentException e) {
                    return Optional.empty();
                }
            }
        }
        return Optional.empty();
    }
}
