package io.davit.controller.pki;

import io.davit.common.Pem;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * A certificate that was just signed.
 *
 * @param chain leaf first, then its issuers
 */
public record IssuedCertificate(List<X509Certificate> chain) {

    /** Copies the chain. */
    public IssuedCertificate {
        chain = List.copyOf(chain);
    }

    /** The certificate itself. */
    public X509Certificate leaf() {
        return chain.getFirst();
    }

    /** Its serial number. */
    public String serial() {
        return serialOf(leaf());
    }

    /** When it ends. */
    public Instant notAfter() {
        return leaf().getNotAfter().toInstant();
    }

    /** Leaf first. */
    public String pem() {
        return Pem.ofCertificates(chain);
    }

    /** A certificate's serial number as it is stored and compared: lower-case hex. */
    public static String serialOf(X509Certificate certificate) {
        return certificate.getSerialNumber().toString(16).toLowerCase(Locale.ROOT);
    }
}
