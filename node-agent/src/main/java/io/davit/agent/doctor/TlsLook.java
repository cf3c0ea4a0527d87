package io.davit.agent.doctor;

import io.davit.agent.link.Address;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * By a TLS handshake that ends once the certificate has been shown: nothing is sent or believed.
 */
public final class TlsLook implements ControllerLook {

    private static final Duration DEADLINE = Duration.ofSeconds(5);

    @Override
    public Seen at(Address listener) throws IOException {
        var shown = new AtomicReference<X509Certificate>();
        try (SSLSocket socket = socket(new Noting(shown))) {
            socket.connect(
                    new InetSocketAddress(listener.host(), listener.port()),
                    (int) DEADLINE.toMillis());
            socket.setSoTimeout((int) DEADLINE.toMillis());
            socket.startHandshake();
        } catch (SocketTimeoutException e) {
            throw new IOException("connect timed out: firewall?", e);
        } catch (UnknownHostException e) {
            throw new IOException("name " + listener.host() + " cannot be resolved", e);
        } catch (ConnectException e) {
            throw new IOException(String.valueOf(e.getMessage()), e);
        } catch (SSLException e) {
            if (shown.get() == null) {
                throw new IOException("no TLS there: " + e.getMessage(), e);
            }
        }
        X509Certificate certificate = shown.get();
        if (certificate == null) {
            throw new IOException("it showed no certificate");
        }
        return new Seen(
                certificate.getNotBefore().toInstant(), certificate.getNotAfter().toInstant());
    }

    private static SSLSocket socket(X509TrustManager noting) throws IOException {
        try {
            var context = SSLContext.getInstance("TLSv1.3");
            context.init(null, new TrustManager[] {noting}, null);
            return (SSLSocket) context.getSocketFactory().createSocket();
        } catch (GeneralSecurityException e) {
            throw new IOException("this Java has no TLS 1.3", e);
        }
    }

    /** Notes what was shown, and believes nothing: the handshake goes no further. */
    private record Noting(AtomicReference<X509Certificate> shown) implements X509TrustManager {

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType)
                throws java.security.cert.CertificateException {
            shown.set(chain[0]);
            throw new java.security.cert.CertificateException("only looked at");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType)
                throws java.security.cert.CertificateException {
            throw new java.security.cert.CertificateException("this is no server");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
