package io.davit.cli.kubeconfig;

import io.davit.common.Pem;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;

/**
 * Does the access in a kubeconfig work from here? One call as kubectl would make it: the name is
 * looked up, the port connected to, the server's certificate checked against the cluster's CA and
 * the name, the client certificate presented, and {@code /readyz} and {@code /version} read. What
 * it finds names the step that did not work.
 */
public final class EndpointCheck {

    private static final Pattern VERSION =
            Pattern.compile("\"gitVersion\"\\s*:\\s*\"([^\"]{1,64})\"");

    private static final int MOST_BODY = 64 * 1024;

    private final Duration deadline;

    /** All steps together take no longer than this. */
    public EndpointCheck(Duration deadline) {
        this.deadline = deadline;
    }

    /**
     * What came out.
     *
     * @param text the server's version, or "cannot VERB OBJECT: cause"
     * @param remedy empty if it works
     */
    public record Finding(boolean works, String text, String remedy) {

        private static Finding cannot(String text, String remedy) {
            return new Finding(false, text, remedy);
        }
    }

    /** Tries it. */
    public Finding of(Access access) throws InterruptedException {
        var server = URI.create(access.server());
        long end = System.nanoTime() + deadline.toNanos();
        try {
            lookUp(server.getHost(), end);
        } catch (UnknownHostException | TimeoutException e) {
            return Finding.cannot(
                    "cannot find " + server.getHost() + ": this machine knows no such name",
                    "add it to your DNS or /etc/hosts; on the cluster's hosts it may be known");
        }
        try (var client = client(access)) {
            try {
                var ready = get(client, server.resolve("/readyz"), end);
                if (ready.statusCode() != 200) {
                    return refused(server, ready.statusCode());
                }
                var version = get(client, server.resolve("/version"), end);
                var found = VERSION.matcher(version.body());
                return new Finding(true, found.find() ? found.group(1) : "unknown version", "");
            } finally {
                client.shutdownNow(); // close() would wait for a body that never ends
            }
        } catch (IOException e) {
            return unreachable(server, e);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return Finding.cannot(
                    "cannot use the kubeconfig's certificate: " + e.getMessage(),
                    "make a new one with this command");
        }
    }

    private static void lookUp(String host, long end)
            throws UnknownHostException, TimeoutException, InterruptedException {
        var name = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        var found = new CompletableFuture<InetAddress>();
        Thread.ofVirtual()
                .start(() -> {
                    try {
                        found.complete(InetAddress.getByName(name));
                    } catch (UnknownHostException e) {
                        found.completeExceptionally(e);
                    }
                });
        try {
            found.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw new UnknownHostException(host);
        }
    }

    private HttpClient client(Access access) throws GeneralSecurityException, IOException {
        var tls = SSLContext.getInstance("TLS");
        var trust = KeyStore.getInstance("PKCS12");
        trust.load(null, null);
        int number = 0;
        for (X509Certificate authority : Pem.certificates(access.caPem())) {
            trust.setCertificateEntry("ca" + number++, authority);
        }
        var authorities = TrustManagerFactory.getInstance("PKIX");
        authorities.init(trust);
        var own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        own.setKeyEntry(
                "client",
                Pem.ecPrivateKey(access.keyPem()),
                new char[0],
                Pem.certificates(access.certificatePem()).toArray(X509Certificate[]::new));
        var keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(own, new char[0]);
        tls.init(keys.getKeyManagers(), authorities.getTrustManagers(), null);
        var parameters = new SSLParameters();
        parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
        return HttpClient.newBuilder()
                .sslContext(tls)
                .sslParameters(parameters)
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(deadline)
                .build();
    }

    private static HttpResponse<String> get(HttpClient client, URI url, long end)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(url).build();
        var answer = client.sendAsync(request, response -> new LimitedBody(MOST_BODY));
        try {
            return answer.get(Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new HttpTimeoutException("no whole answer in time");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
        } finally {
            answer.cancel(true);
        }
    }

    private static Finding refused(URI server, int status) {
        return switch (status) {
            case 401 ->
                    Finding.cannot(
                            "cannot log in at " + server + ": it answers 401 to the certificate",
                            "is another cluster at this address, or is a clock wrong?");
            case 403 ->
                    Finding.cannot(
                            "cannot read /readyz at "
                                    + server
                                    + ": it answers 403, the certificate has no rights",
                            "is system:masters restricted by an authorizer of yours?");
            default ->
                    Finding.cannot(
                            "cannot use the API at " + server + " yet: it answers " + status,
                            "see davit status; while a server starts this is usual");
        };
    }

    /** The deepest cause says what went wrong. */
    private static Finding unreachable(URI server, IOException failure) {
        String deepest = "";
        boolean tls = false;
        boolean certificate = false;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            tls |= cause instanceof SSLException;
            certificate |= cause instanceof CertificateException;
            deepest = cause.getMessage() == null ? deepest : cause.getMessage();
        }
        String lower = deepest.toLowerCase(Locale.ROOT);
        if (certificate
                && (lower.contains("no name matching") || lower.contains("subject alternative"))) {
            return Finding.cannot(
                    "cannot trust " + server + ": its certificate is for other names: " + deepest,
                    "is this the cluster's own address? Endpoint names belong into"
                            + " spec.endpoint.names");
        }
        if (tls) {
            return Finding.cannot(
                    "cannot talk TLS with " + server + ": " + deepest,
                    "is another cluster, or something else, at this address?");
        }
        if (failure instanceof HttpTimeoutException) {
            return Finding.cannot(
                    "cannot reach " + server + ": no answer in time",
                    "is there a firewall or no route between this machine and the cluster?");
        }
        if (failure instanceof ConnectException) {
            return Finding.cannot(
                    "cannot connect to "
                            + server
                            + ": "
                            + (deepest.isEmpty() ? "refused" : deepest),
                    "see davit status; or is it reachable from another network only?");
        }
        return Finding.cannot(
                "cannot read from " + server + ": " + (deepest.isEmpty() ? "closed" : deepest),
                "see davit status");
    }
}
