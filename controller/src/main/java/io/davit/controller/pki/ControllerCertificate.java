package io.davit.controller.pki;

import io.davit.common.Keys;
import java.net.Socket;
import java.security.KeyPair;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * The controller's own server certificate. Its key lives in memory only and is new at each start;
 * at two thirds of its life it is replaced, and connections from then on see the new one.
 */
public final class ControllerCertificate {

    private final ControllerPki pki;
    private final ControllerNames names;
    private final Clock clock;
    private final SecureRandom random;
    private volatile Current current;

    /** For a handshake that asked for the alias before a renewal and for the key after it. */
    private volatile Current previous;

    /** Issues the first one. */
    public ControllerCertificate(
            ControllerPki pki, ControllerNames names, Clock clock, SecureRandom random) {
        this.pki = pki;
        this.names = names;
        this.clock = clock;
        this.random = random;
        this.current = issue();
        this.previous = current;
    }

    private record Current(PrivateKey key, IssuedCertificate certificate) {}

    private Current issue() {
        KeyPair pair = Keys.newP256(random);
        return new Current(pair.getPrivate(), pki.issueController(names, pair.getPublic()));
    }

    /** The certificate that is shown now. */
    public IssuedCertificate shown() {
        return current.certificate();
    }

    /**
     * Replaces the certificate if two thirds of its life are over.
     *
     * @return whether it was replaced
     */
    public boolean renewIfDue() {
        X509Certificate leaf = current.certificate().leaf();
        Instant from = leaf.getNotBefore().toInstant();
        Duration life = Duration.between(from, leaf.getNotAfter().toInstant());
        if (clock.instant().isBefore(from.plus(life.multipliedBy(2).dividedBy(3)))) {
            return false;
        }
        previous = current;
        current = issue();
        return true;
    }

    /** Gives TLS whatever certificate is current when a connection begins. */
    public X509ExtendedKeyManager keyManager() {
        return new CurrentKeyManager();
    }

    private final class CurrentKeyManager extends X509ExtendedKeyManager {

        @Override
        public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
            return new String[] {alias()};
        }

        @Override
        public String chooseServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return alias();
        }

        @Override
        public String chooseEngineServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
            return alias();
        }

        private String alias() {
            return current.certificate().serial();
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return of(alias).certificate().chain().toArray(X509Certificate[]::new);
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return of(alias).key();
        }

        private Current of(String alias) {
            Current now = current;
            return now.certificate().serial().equals(alias) ? now : previous;
        }

        @Override
        public String @Nullable [] getClientAliases(
                String keyType, Principal @Nullable [] issuers) {
            return null;
        }

        @Override
        public @Nullable String chooseClientAlias(
                String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return null;
        }
    }
}
