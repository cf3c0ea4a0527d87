package io.davit.controller.serve;

import io.davit.controller.pki.ControllerCertificate;
import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.DelegatingSslContext;
import io.netty.handler.ssl.ReferenceCountedOpenSslContext;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.internal.tcnative.SSL;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
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

    /** As {@link #serverOnly}, for HTTP/1.1: without the protocol list of gRPC. */
    static SslContext http(ControllerCertificate certificate) throws SSLException {
        return finish(
                SslContextBuilder.forServer(certificate.keyManager())
                        .sslProvider(SslProvider.OPENSSL)
                        .protocols("TLSv1.3")
                        .clientAuth(ClientAuth.NONE));
    }

    private static SslContextBuilder builder(ControllerCertificate certificate) {
        return GrpcSslContexts.configure(
                        SslContextBuilder.forServer(certificate.keyManager()), SslProvider.OPENSSL)
                .protocols("TLSv1.3");
    }

    private static SslContext finish(SslContextBuilder builder) throws SSLException {
        SslContext context = builder.build();
        if (!(context instanceof ReferenceCountedOpenSslContext boring)) {
            throw new SSLException("cannot make TLS: BoringSSL is not there");
        }
        boring.sessionContext().setSessionCacheEnabled(false);
        return new WithoutTickets(boring);
    }

    /**
     * A resumed session would skip the check of the client's certificate. Netty leaves the tickets
     * of TLS 1.3 on when the session cache is off, and lets the option be set for each engine only.
     */
    private static final class WithoutTickets extends DelegatingSslContext {

        WithoutTickets(SslContext context) {
            super(context);
        }

        @Override
        protected void initEngine(SSLEngine engine) {
            if (!(engine instanceof ReferenceCountedOpenSslEngine boring)) {
                throw new IllegalStateException("a TLS engine that is not BoringSSL's");
            }
            SSL.setOptions(boring.sslPointer(), SSL.SSL_OP_NO_TICKET);
        }
    }
}
