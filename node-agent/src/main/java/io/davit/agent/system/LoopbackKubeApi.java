package io.davit.agent.system;

import io.davit.common.Digests;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Speaks to the API server by the kubeconfig that k3s writes for its own kubectl, over connections
 * that stay open. One question of a waiting step costs a thousandth of what a new {@code k3s
 * kubectl} costs, which matters while a server starts on a small machine.
 *
 * <p>k3s writes the file anew when it renews its admin certificate, so it is read for each
 * question.
 */
public final class LoopbackKubeApi implements KubeApi {

    /** Where k3s puts it, unless it is told otherwise; Davit never tells it otherwise. */
    public static final String KUBECONFIG = "/etc/rancher/k3s/k3s.yaml";

    private static final int FILE_LIMIT = 256 * 1024;

    /** A list of the Pods of one node is far below. */
    private static final long BODY_LIMIT = 8L * 1024 * 1024;

    private final FileView files;
    private @Nullable Open open;

    public LoopbackKubeApi(FileView files) {
        this.files = files;
    }

    /**
     * @param digest of the kubeconfig that it was opened by
     */
    private record Open(String digest, AdminKubeconfig kubeconfig, HttpClient client) {}

    @Override
    public Answer send(Request request, Duration deadline)
            throws IOException, InterruptedException {
        var connection = connection();
        var builder =
                HttpRequest.newBuilder(
                                URI.create(connection.kubeconfig().server() + request.path()))
                        .method(request.method(), body(request))
                        .header("Accept", JSON + ", */*");
        if (!request.contentType().isEmpty()) {
            builder.header("Content-Type", request.contentType());
        }
        var asked =
                connection
                        .client()
                        .sendAsync(
                                builder.build(),
                                BodyHandlers.limiting(BodyHandlers.ofString(), BODY_LIMIT));
        try {
            HttpResponse<String> answer = asked.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
            return new Answer(answer.statusCode(), answer.body());
        } catch (TimeoutException e) {
            throw new IOException("no answer within " + deadline.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            throw new IOException(cause(e), e);
        } finally {
            asked.cancel(true);
        }
    }

    private static HttpRequest.BodyPublisher body(Request request) {
        return request.contentType().isEmpty()
                ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.ofString(request.body());
    }

    private synchronized Open connection() throws IOException {
        if (files.status(KUBECONFIG).isEmpty()) {
            throw new IOException("k3s has not written " + KUBECONFIG + " yet");
        }
        byte[] content = files.read(KUBECONFIG, FILE_LIMIT);
        String digest = Digests.sha256Hex(content);
        if (open != null && open.digest().equals(digest)) {
            return open;
        }
        var kubeconfig = AdminKubeconfig.read(new String(content, StandardCharsets.UTF_8));
        var fresh = new Open(digest, kubeconfig, client(kubeconfig));
        if (open != null) {
            open.client().shutdown();
        }
        open = fresh;
        return fresh;
    }

    private static HttpClient client(AdminKubeconfig kubeconfig) throws IOException {
        try {
            return HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .sslContext(kubeconfig.tls())
                    .executor(Executors.newVirtualThreadPerTaskExecutor())
                    .build();
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException("cannot use " + KUBECONFIG + ": " + e.getMessage(), e);
        }
    }

    /** What the client wraps twice and more; of TLS the outermost message is the one that tells. */
    private static String cause(ExecutionException e) {
        Throwable cause = e;
        while (cause.getCause() != null
                && !(cause instanceof ConnectException || cause instanceof SSLException)) {
            cause = cause.getCause();
        }
        if (cause instanceof ConnectException) {
            return "connection refused";
        }
        String message = cause.getMessage();
        return Printable.line(message == null ? cause.getClass().getSimpleName() : message, 200);
    }
}
