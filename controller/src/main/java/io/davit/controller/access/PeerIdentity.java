package io.davit.controller.access;

import io.davit.common.HostId;
import io.davit.common.Identities;
import io.davit.controller.pki.IssuedCertificate;
import io.grpc.Attributes;
import io.grpc.Grpc;
import java.net.InetSocketAddress;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** Reads who a peer is from the certificate that TLS has verified, and from nothing else. */
final class PeerIdentity {

    private static final int URI_NAME = 6;

    private PeerIdentity() {}

    /** The peer of a connection to a listener of this class; empty if it has not that identity. */
    static Optional<Peer> of(PeerClass listener, Attributes connection) {
        String ip = address(connection);
        return switch (listener) {
            case LOCAL, ENROLLING ->
                    Optional.of(
                            new Peer(
                                    listener,
                                    Optional.empty(),
                                    Optional.empty(),
                                    Optional.empty(),
                                    "",
                                    ip));
            case AGENT, OPERATOR ->
                    certificate(connection).flatMap(found -> named(listener, found, ip));
        };
    }

    private static Optional<Peer> named(
            PeerClass listener, X509Certificate certificate, String ip) {
        Optional<String> uri = onlyUri(certificate);
        Optional<HostId> host =
                listener == PeerClass.AGENT ? uri.flatMap(Identities::host) : Optional.empty();
        Optional<String> operator =
                listener == PeerClass.OPERATOR
                        ? uri.flatMap(Identities::operator)
                        : Optional.empty();
        if (host.isEmpty() && operator.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new Peer(
                        listener,
                        host,
                        operator,
                        Optional.empty(),
                        IssuedCertificate.serialOf(certificate),
                        ip));
    }

    private static Optional<X509Certificate> certificate(Attributes connection) {
        SSLSession session = connection.get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
        if (session == null) {
            return Optional.empty();
        }
        try {
            Certificate[] chain = session.getPeerCertificates();
            return chain.length > 0 && chain[0] instanceof X509Certificate leaf
                    ? Optional.of(leaf)
                    : Optional.empty();
        } catch (SSLPeerUnverifiedException e) {
            return Optional.empty();
        }
    }

    /** Exactly one URI, and no other alternative name at all. */
    private static Optional<String> onlyUri(X509Certificate certificate) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            if (names == null || names.size() != 1) {
                return Optional.empty();
            }
            List<?> name = names.iterator().next();
            return Integer.valueOf(URI_NAME).equals(name.get(0))
                            && name.get(1) instanceof String uri
                    ? Optional.of(uri)
                    : Optional.empty();
        } catch (CertificateParsingException e) {
            return Optional.empty();
        }
    }

    private static String address(Attributes connection) {
        return connection.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR) instanceof InetSocketAddress inet
                        && inet.getAddress() != null
                ? inet.getAddress().getHostAddress()
                : "";
    }
}
