package io.davit.controller.enroll;

import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerTransportFilter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * One connection to the enrolment port: its peer, the certificate it was shown, and the one nonce
 * that is out on it. A nonce therefore dies with its connection.
 */
final class EnrolConnection {

    private static final Duration NONCE_LIFE = Duration.ofSeconds(60);
    private static final Attributes.Key<EnrolConnection> ATTRIBUTE =
            Attributes.Key.create("davit-enrol-connection");
    private static final Context.Key<EnrolConnection> CURRENT =
            Context.key("davit-enrol-connection");

    private final InetAddress peer;
    private final byte[] shownCertificate;
    private final AtomicReference<@Nullable Nonce> nonce = new AtomicReference<>();

    private EnrolConnection(InetAddress peer, byte[] shownCertificate) {
        this.peer = peer;
        this.shownCertificate = shownCertificate;
    }

    private record Nonce(byte[] bytes, Instant until) {}

    static EnrolConnection current() {
        EnrolConnection connection = CURRENT.get();
        if (connection == null) {
            throw new IllegalStateException("no enrolment connection is being served here");
        }
        return connection;
    }

    InetAddress peer() {
        return peer;
    }

    /** DER of the server certificate that this peer has seen. */
    byte[] shownCertificate() {
        return shownCertificate.clone();
    }

    /** A new nonce; the one before is void. */
    byte[] newNonce(SecureRandom random, Clock clock) {
        byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        nonce.set(new Nonce(bytes, clock.instant().plus(NONCE_LIFE)));
        return bytes.clone();
    }

    /** Whether this is the nonce that is out, in time; it is spent by asking. */
    boolean spend(byte[] shown, Clock clock) {
        Nonce out = nonce.getAndSet(null);
        return out != null
                && MessageDigest.isEqual(out.bytes(), shown)
                && clock.instant().isBefore(out.until());
    }

    /** Makes one of these for every connection. */
    static ServerTransportFilter filter() {
        return new ServerTransportFilter() {
            @Override
            public Attributes transportReady(Attributes attributes) {
                return attributes.toBuilder().set(ATTRIBUTE, of(attributes)).build();
            }
        };
    }

    private static EnrolConnection of(Attributes attributes) {
        InetAddress peer =
                attributes.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR) instanceof InetSocketAddress inet
                        ? inet.getAddress()
                        : InetAddress.getLoopbackAddress();
        return new EnrolConnection(
                peer,
                Optional.ofNullable(attributes.get(Grpc.TRANSPORT_ATTR_SSL_SESSION))
                        .map(EnrolConnection::ownCertificate)
                        .orElse(new byte[0]));
    }

    private static byte[] ownCertificate(SSLSession session) {
        Certificate[] chain = session.getLocalCertificates();
        if (chain == null || chain.length == 0) {
            throw new IllegalStateException("a TLS server without a certificate");
        }
        try {
            return chain[0].getEncoded();
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("cannot encode our own certificate", e);
        }
    }

    /** Makes it known to the handlers. */
    static ServerInterceptor interceptor() {
        return new ServerInterceptor() {
            @Override
            public <Q, A> ServerCall.Listener<Q> interceptCall(
                    ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> handler) {
                EnrolConnection connection = call.getAttributes().get(ATTRIBUTE);
                if (connection == null) {
                    throw new IllegalStateException("a connection without its attributes");
                }
                return Contexts.interceptCall(
                        Context.current().withValue(CURRENT, connection), call, headers, handler);
            }
        };
    }
}
