package io.davit.controller.serve;

import io.davit.controller.pki.ControllerCertificate;
import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLException;

/** TLS of the listeners: 1.3 only, by BoringSSL, no session is ever resumed. */
final class Tls {

    private Tls() {}

    /** The listener has no client certificates. */
    static SslContext serverOnly(ControllerCertificate certificate) throws SSLException {
        return finish(builder(certificate).clientAuth(ClientAuth.NONE));
    }

    /** Only certificates that {@code issuer} has signed get in. */
    static SslContext mutual(ControllerCertificate certificate, X509Certificate issuer)
            throws SSLException {
        return finish(builder(certificate).clientAuth(ClientAuth.REQUIRE).trustManager(issuer));
    }

    private static SslContextBuilder builder(ControllerCertificate certificate) {
        return GrpcSslContexts.configure(
                        SslContextBuilder.forServer(certificate.keyManager()), SslProvider.OPENSSL)
                .protocols("TLSv1.3");
    }

    private static SslContext finish(SslContextBuilder builder) throws SSLException {
        SslContext context = builder.build();
        // a resumed session would skip the check of the client's certificate
        if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
            sessions.setSessionCacheEnabled(false);
        }
        return context;
    }
}
