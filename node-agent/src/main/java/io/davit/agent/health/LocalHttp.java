package io.davit.agent.health;

import io.davit.agent.system.Printable;
import io.davit.common.Pem;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Small GET requests with a deadline and a bound on the answer. */
final class LocalHttp {

    /** As Java says it; later builds of 25 say more. */
    private static final Pattern REFUSED =
            Pattern.compile("Connection refused( \\(connect failed\\))?", Pattern.CASE_INSENSITIVE);

    private static final int BODY_LIMIT = 64 * 1024;

    record Answer(int status, String body) {}

    private LocalHttp() {}

    /** Without TLS, to this host itself. */
    static Answer get(String url, Duration deadline) throws IOException {
        return get(url, deadline, BODY_LIMIT);
    }

    /** The same, for an answer that may be longer than most. */
    static Answer get(String url, Duration deadline, int bodyLimit) throws IOException {
        return ask(
                (HttpURLConnection) URI.create(url).toURL().openConnection(), deadline, bodyLimit);
    }

    /** Over TLS, trusting these certificates, with the name checked. */
    static Answer get(String url, String caPem, Duration deadline) throws IOException {
        try {
            var store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int number = 0;
            for (X509Certificate certificate : Pem.certificates(caPem)) {
                store.setCertificateEntry("ca" + number++, certificate);
            }
            var factory =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            var connection = (HttpsURLConnection) URI.create(url).toURL().openConnection();
            connection.setSSLSocketFactory(context(factory.getTrustManagers()).getSocketFactory());
            return ask(connection, deadline, BODY_LIMIT);
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot set up TLS: " + e.getMessage(), e);
        }
    }

    /**
     * Over TLS without knowing the CA yet: only for fetching the CA itself, whose hash the caller
     * compares with one that it trusts before it uses it.
     */
    static Answer getUntrusted(String url, Duration deadline) throws IOException {
        try {
            var connection = (HttpsURLConnection) URI.create(url).toURL().openConnection();
            connection.setSSLSocketFactory(
                    context(new TrustManager[] {new TrustsAnyone()}).getSocketFactory());
            connection.setHostnameVerifier((name, session) -> true);
            return ask(connection, deadline, BODY_LIMIT);
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot set up TLS: " + e.getMessage(), e);
        }
    }

    private static SSLContext context(TrustManager[] trust) throws GeneralSecurityException {
        var context = SSLContext.getInstance("TLS");
        context.init(null, trust, null);
        return context;
    }

    private static Answer ask(HttpURLConnection connection, Duration deadline, int bodyLimit)
            throws IOException {
        connection.setConnectTimeout((int) deadline.toMillis());
        connection.setReadTimeout((int) deadline.toMillis());
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        try {
            int status = connection.getResponseCode();
            InputStream body =
                    status >= 400 ? connection.getErrorStream() : connection.getInputStream();
            if (body == null) {
                return new Answer(status, "");
            }
            try (body) {
                return new Answer(
                        status, new String(body.readNBytes(bodyLimit), StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            throw new IOException(
                    Printable.line(REFUSED.matcher(why).replaceAll("connection refused"), 200), e);
        } finally {
            connection.disconnect();
        }
    }

    /** See {@link #getUntrusted}. */
    private static final class TrustsAnyone implements X509TrustManager {

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return List.<X509Certificate>of().toArray(X509Certificate[]::new);
        }
    }
}
