package io.davit.agent.identity;

import io.davit.common.HostId;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What makes this host itself to the controller.
 *
 * @param chain leaf first, then the issuing CA
 * @param bundle the roots that controllers are trusted by
 * @param tokenId public part of the token it was won with
 * @param machine where it was won; it is good there only
 */
public record HostIdentity(
        HostId hostId,
        PrivateKey key,
        List<X509Certificate> chain,
        List<X509Certificate> bundle,
        String tokenId,
        Machine machine) {

    public HostIdentity {
        chain = List.copyOf(chain);
        bundle = List.copyOf(bundle);
        if (chain.isEmpty() || bundle.isEmpty()) {
            throw new IllegalArgumentException(
                    "cannot use identity " + hostId + ": its chain or its bundle is empty");
        }
    }

    /** Why the certificate cannot be shown at this time, with both times, if that is so. */
    public Optional<String> whyNotValid(Instant now) {
        Instant from = chain.getFirst().getNotBefore().toInstant();
        Instant to = chain.getFirst().getNotAfter().toInstant();
        if (now.isBefore(from)) {
            return Optional.of(
                    "this host's certificate is valid from %s, and its clock says %s: set the clock"
                            .formatted(from, now));
        }
        if (now.isAfter(to)) {
            return Optional.of(
                    "this host's certificate ended at %s, and its clock says %s: set the clock, or enrol with a new token"
                            .formatted(to, now));
        }
        return Optional.empty();
    }

    @Override
    public String toString() {
        return "host " + hostId;
    }
}
