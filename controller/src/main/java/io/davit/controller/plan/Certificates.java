package io.davit.controller.plan;

import io.davit.controller.observe.RoleInventory.CertificateState;
import io.davit.controller.plan.Reason.Why;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/** Compares an installed certificate with the one that is wanted. */
final class Certificates {

    private Certificates() {}

    /** Why it has to be made anew; empty when it is right. */
    static Optional<Reason> judge(
            Optional<CertificateState> installed, CertificateProfile wanted, Instant now) {
        if (installed.isEmpty()) {
            return Optional.of(new Reason(Why.ABSENT, ""));
        }
        var is = installed.get();
        if (!is.keyMatches()) {
            return differs("its key is not beside it");
        }
        if (!(wanted.issuerSha256() instanceof Ref.Known known)
                || !known.id().equals(is.issuerSha256())) {
            return differs("another issuer");
        }
        if (!is.commonName().equals(wanted.commonName())) {
            return differs("names " + is.commonName());
        }
        if (!Set.copyOf(is.dnsNames()).equals(Set.copyOf(wanted.dnsNames()))
                || !Set.copyOf(is.ipAddresses()).equals(Set.copyOf(wanted.ipAddresses()))) {
            return differs("other names or addresses");
        }
        if (!Set.copyOf(is.extendedKeyUsages()).equals(Set.copyOf(wanted.extendedKeyUsages()))) {
            return differs("other key usages");
        }
        if (is.notAfter().isBefore(now.plus(wanted.minRemaining()))) {
            return Optional.of(new Reason(Why.CERTIFICATE_ENDS, "valid until " + is.notAfter()));
        }
        return Optional.empty();
    }

    private static Optional<Reason> differs(String note) {
        return Optional.of(new Reason(Why.DIFFERS, note));
    }
}
