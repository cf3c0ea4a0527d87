package io.davit.agent.link;

import io.davit.common.Identities;
import io.davit.common.Keys;
import io.davit.common.Names;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.CertificateParsingException;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Recognises a controller by its certificate.
 *
 * <p>1. Anchors: with pins, those certificates of the presented chain whose key is pinned and that
 * are a CA; with a bundle, exactly the bundle. 2. A valid path from the leaf to an anchor. 3. The
 * leaf is for serverAuth and is named {@code spiffe://davit/controller}. The address dialled plays
 * no part: the name in the certificate is the identity. There is no way to turn any of it off.
 */
public final class ControllerTrust extends X509ExtendedTrustManager {

    private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
    private static final int URI_NAME = 6;
    private static final int LONGEST_CHAIN = 8;

    private final Anchors anchors;
    private final InstantSource clock;
    private final AtomicReference<Optional<X509Certificate>> accepted =
            new AtomicReference<>(Optional.empty());

    private ControllerTrust(Anchors anchors, InstantSource clock) {
        this.anchors = anchors;
        this.clock = clock;
    }

    /** Why a controller's certificate is not trusted; the message is safe to show. */
    static final class UntrustedException extends CertificateException {
        private static final long serialVersionUID = 1L;

        UntrustedException(String why) {
            super(why);
        }

        UntrustedException(String why, Throwable cause) {
            super(why, cause);
        }
    }

    private interface Anchors {
        List<X509Certificate> in(List<X509Certificate> chain) throws CertificateException;
    }

    /** Trusts a chain that holds a CA with one of these pins ({@link Keys#pin}). */
    public static ControllerTrust pinned(List<String> pins, InstantSource clock) {
        var known = Set.copyOf(pins);
        return new ControllerTrust(chain -> pinnedAuthorities(known, chain), clock);
    }

    /** Trusts chains that end in one of these roots. */
    public static ControllerTrust bundle(List<X509Certificate> roots, InstantSource clock) {
        var known = List.copyOf(roots);
        return new ControllerTrust(_ -> known, clock);
    }

    /** The controller's own certificate, as last accepted. */
    public Optional<X509Certificate> accepted() {
        return accepted.get();
    }

    private static List<X509Certificate> pinnedAuthorities(
            Set<String> pins, List<X509Certificate> chain) throws CertificateException {
        var found = new ArrayList<X509Certificate>();
        for (X509Certificate certificate : chain) {
            if (pins.contains(Keys.pin(certificate.getPublicKey()))) {
                if (certificate.getBasicConstraints() < 0) {
                    throw new UntrustedException(
                            "the certificate with the token's pin is not that of a CA");
                }
                found.add(certificate);
            }
        }
        if (found.isEmpty()) {
            throw new UntrustedException(
                    "no certificate of its chain has the token's pin: this is not the controller"
                            + " that made the token");
        }
        return found;
    }

    private void check(X509Certificate[] presented) throws CertificateException {
        accepted.set(Optional.empty());
        var chain = List.of(presented);
        if (chain.isEmpty() || chain.size() > LONGEST_CHAIN) {
            throw new UntrustedException("its chain has " + chain.size() + " certificates");
        }
        validatePath(chain, anchors.in(chain));
        checkName(chain.getFirst());
        accepted.set(Optional.of(chain.getFirst()));
    }

    private void validatePath(List<X509Certificate> chain, List<X509Certificate> roots)
            throws CertificateException {
        var path = chain.stream().filter(certificate -> !roots.contains(certificate)).toList();
        if (path.isEmpty()) {
            throw new UntrustedException("it presents a CA's certificate as its own");
        }
        try {
            var parameters =
                    new PKIXParameters(
                            roots.stream()
                                    .map(root -> new TrustAnchor(root, null))
                                    .collect(Collectors.toSet()));
            parameters.setRevocationEnabled(false);
            parameters.setDate(Date.from(clock.instant()));
            CertPathValidator.getInstance("PKIX")
                    .validate(
                            CertificateFactory.getInstance("X.509").generateCertPath(path),
                            parameters);
        } catch (CertPathValidatorException e) {
            throw new UntrustedException(whyInvalid(e, chain.getFirst()), e);
        } catch (GeneralSecurityException e) {
            throw new UntrustedException(
                    "its chain cannot be checked: "
                            + Names.printable(String.valueOf(e.getMessage())),
                    e);
        }
    }

    private String whyInvalid(CertPathValidatorException failure, X509Certificate leaf) {
        if (failure.getCause() instanceof CertificateNotYetValidException
                || failure.getCause() instanceof CertificateExpiredException) {
            return "it is valid from %s to %s, and this host's clock says %s: set the clock that is wrong"
                    .formatted(
                            leaf.getNotBefore().toInstant(),
                            leaf.getNotAfter().toInstant(),
                            clock.instant());
        }
        return "its chain does not lead to a trusted root: "
                + Names.printable(String.valueOf(failure.getMessage()));
    }

    private static void checkName(X509Certificate leaf) throws CertificateException {
        var uses = Optional.ofNullable(leaf.getExtendedKeyUsage()).orElse(List.of());
        if (!uses.contains(SERVER_AUTH)) {
            throw new UntrustedException("it is not for serverAuth");
        }
        if (!uris(leaf).equals(List.of(Identities.CONTROLLER))) {
            throw new UntrustedException("it is not named " + Identities.CONTROLLER);
        }
    }

    private static List<String> uris(X509Certificate leaf) throws CertificateParsingException {
        Collection<List<?>> names =
                Optional.ofNullable(leaf.getSubjectAlternativeNames()).orElse(List.of());
        return names.stream()
                .filter(name -> name.getFirst() instanceof Integer kind && kind == URI_NAME)
                .map(name -> String.valueOf(name.get(1)))
                .toList();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType)
            throws CertificateException {
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType)
            throws CertificateException {
        throw new CertificateException("an agent accepts no connections");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        checkClientTrusted(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        checkClientTrusted(chain, authType);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
