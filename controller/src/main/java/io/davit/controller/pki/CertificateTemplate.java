package io.davit.controller.pki;

import java.time.Instant;
import java.util.List;
import java.util.Set;

/**
 * Everything a certificate says, but for its key and its issuer.
 *
 * @param organization empty: none
 * @param uris at most one, by our own rule for identities
 * @param ipAddresses literals, IPv4 or IPv6
 * @param usages key usages, always critical
 * @param authority whether it may sign others
 */
record CertificateTemplate(
        String commonName,
        String organization,
        List<String> uris,
        List<String> dnsNames,
        List<String> ipAddresses,
        Set<Purpose> purposes,
        Set<Usage> usages,
        boolean authority,
        Instant notBefore,
        Instant notAfter) {

    CertificateTemplate {
        uris = List.copyOf(uris);
        dnsNames = List.copyOf(dnsNames);
        ipAddresses = List.copyOf(ipAddresses);
        purposes = Set.copyOf(purposes);
        usages = Set.copyOf(usages);
    }

    /** Extended key usages. */
    enum Purpose {
        SERVER,
        CLIENT
    }

    /** Key usages. */
    enum Usage {
        DIGITAL_SIGNATURE,
        KEY_ENCIPHERMENT,
        SIGN_CERTIFICATES,
        SIGN_REVOCATIONS
    }

    static CertificateTemplate authority(
            String commonName, Set<Usage> usages, Instant notBefore, Instant notAfter) {
        return new CertificateTemplate(
                commonName,
                "",
                List.of(),
                List.of(),
                List.of(),
                Set.of(),
                usages,
                true,
                notBefore,
                notAfter);
    }
}
