package io.davit.agent.step;

import io.davit.agent.observe.Effect;
import io.davit.agent.observe.InstalledCertificate;
import io.davit.agent.observe.Obstacles;
import io.davit.agent.observe.ReadOnlyHost;
import io.davit.agent.profile.CertificateSlot;
import io.davit.agent.profile.Profile;
import io.davit.common.Csr;
import io.davit.common.Keys;
import io.davit.common.Names;
import io.davit.common.Pem;
import io.davit.proto.agent.v1.CertificateProfile;
import io.davit.proto.agent.v1.CertificateState;
import io.davit.proto.agent.v1.EnsureCertificate;
import io.davit.proto.agent.v1.Step;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * 1. a new key, in memory; 2. a request with nothing but the public key; 3. the answer must be for
 * this key and exactly the wanted profile; 4. the key is written, then the certificate, each
 * atomically. The key never leaves the host. A crash between the two writes leaves a key that does
 * not match, which the next check finds.
 */
final class EnsureCertificateKind implements StepKind {

    private static final Duration ANSWER = Duration.ofSeconds(60);

    private final SecureRandom random;

    EnsureCertificateKind(SecureRandom random) {
        this.random = random;
    }

    @Override
    public Finding check(Step step, Profile profile, ReadOnlyHost host)
            throws StepEnded, IOException, InterruptedException {
        EnsureCertificate ensure = step.getEnsureCertificate();
        CertificateSlot slot = slot(ensure, profile);
        for (String path : List.of(slot.certificatePath(), slot.keyPath())) {
            if (Obstacles.file(path, host).isPresent()) {
                throw StepEnded.blocked(
                        "cannot make certificate %s: not ours: path %s exists and was not made by"
                                        .formatted(slot.name(), path)
                                + " Davit",
                        "look at it, then move it away or remove it");
            }
        }
        Optional<CertificateState> installed = host.certificate(slot);
        if (installed.isPresent()) {
            var difference = difference(installed.get(), ensure.getProfile(), host.now());
            if (difference.isEmpty() && installed.get().getKeyMatches()) {
                return new Finding.Same();
            }
            return different(
                    slot,
                    profile,
                    difference.orElse("its key does not match, or its modes differ"));
        }
        return different(slot, profile, "there is none");
    }

    private static Finding different(CertificateSlot slot, Profile profile, String why) {
        return new Finding.Different(
                "would make a new key and certificate %s: %s"
                        .formatted(slot.certificatePath(), why),
                "",
                List.of("what the controller signs"),
                false,
                List.of(
                        new Effect.FilePlaced(
                                slot.certificatePath(),
                                slot.certificateMode(),
                                "root",
                                "root",
                                Optional.empty()),
                        new Effect.FilePlaced(
                                slot.keyPath(),
                                slot.keyMode(),
                                slot.keyOwner(),
                                slot.keyGroup(),
                                Optional.empty()),
                        new Effect.CertificateIssued(slot.name()),
                        new Effect.LedgerChanged(ledger ->
                                ledger.withPaths(
                                        profile.role(),
                                        List.of(slot.certificatePath(), slot.keyPath())))));
    }

    private static CertificateSlot slot(EnsureCertificate ensure, Profile profile)
            throws StepEnded {
        return profile.certificate(ensure.getSlot())
                .orElseThrow(() ->
                        StepEnded.failed(
                                "cannot make certificate \"%s\": role %s has no such slot"
                                        .formatted(
                                                Names.printable(ensure.getSlot()),
                                                profile.role())));
    }

    /** In what a certificate is not the wanted one; empty if it is. */
    static Optional<String> difference(
            CertificateState actual, CertificateProfile wanted, Instant now) {
        Instant notAfter = Instant.ofEpochMilli(actual.getNotAfterMs());
        var least = wanted.getMinRemaining();
        if (!actual.getIssuerSha256().equals(wanted.getIssuerSha256())) {
            return Optional.of("its issuer is another one");
        }
        if (!actual.getCommonName().equals(wanted.getCommonName())) {
            return Optional.of(
                    "its name is \"%s\", \"%s\" is wanted"
                            .formatted(
                                    Names.printable(actual.getCommonName()),
                                    Names.printable(wanted.getCommonName())));
        }
        if (!set(actual.getDnsNamesList()).equals(set(wanted.getDnsNamesList()))
                || !addresses(actual.getIpAddressesList())
                        .equals(addresses(wanted.getIpAddressesList()))) {
            return Optional.of("its DNS names or addresses are others");
        }
        if (!set(actual.getExtendedKeyUsagesList())
                .equals(set(wanted.getExtendedKeyUsagesList()))) {
            return Optional.of("it is for other uses");
        }
        if (notAfter.isBefore(now.plusSeconds(least.getSeconds()))) {
            return Optional.of("it ends at " + notAfter);
        }
        return Optional.empty();
    }

    private static TreeSet<String> set(Collection<String> values) {
        return new TreeSet<>(values);
    }

    private static TreeSet<String> addresses(Collection<String> values) {
        var canonical = new TreeSet<String>();
        values.forEach(value -> canonical.add(InstalledCertificate.canonical(value)));
        return canonical;
    }

    @Override
    public Optional<String> apply(Step step, Profile profile, Work work)
            throws StepEnded, IOException, InterruptedException {
        EnsureCertificate ensure = step.getEnsureCertificate();
        CertificateSlot slot = slot(ensure, profile);
        KeyPair pair = Keys.newP256(random);
        work.progress("waiting for the controller to sign " + slot.name());
        String chain = request(pair, slot, work);
        judge(chain, pair, ensure.getProfile(), slot, work.host().now());
        work.claim(profile.role(), List.of(slot.certificatePath(), slot.keyPath()));
        var files = work.system().files();
        files.write(
                slot.keyPath(),
                Pem.ofPrivateKey(pair.getPrivate()).reveal(),
                slot.keyMode(),
                slot.keyOwner(),
                slot.keyGroup());
        files.write(
                slot.certificatePath(),
                chain.getBytes(StandardCharsets.US_ASCII),
                slot.certificateMode(),
                "root",
                "root");
        return Optional.of("made key and certificate " + slot.certificatePath());
    }

    private static String request(KeyPair pair, CertificateSlot slot, Work work)
            throws StepEnded, InterruptedException {
        try {
            return work.ports()
                    .certificates()
                    .request(
                            work.operationId(),
                            work.step().getStepId(),
                            work.step().getAttempt(),
                            Csr.of(pair),
                            work.left(ANSWER));
        } catch (IOException e) {
            throw StepEnded.retry(
                    Duration.ofSeconds(5),
                    "cannot get certificate %s: %s".formatted(slot.name(), e.getMessage()));
        } catch (CertificateIssuer.RefusedException e) {
            throw StepEnded.failed(
                    "cannot get certificate %s: the controller refused: %s"
                            .formatted(
                                    slot.name(), Names.printable(String.valueOf(e.getMessage()))));
        }
    }

    private static void judge(
            String chain,
            KeyPair pair,
            CertificateProfile wanted,
            CertificateSlot slot,
            Instant now)
            throws StepEnded {
        try {
            List<X509Certificate> certificates = Pem.certificates(chain);
            if (!certificates.getFirst().getPublicKey().equals(pair.getPublic())) {
                throw new IllegalArgumentException("it is for another key");
            }
            var difference =
                    difference(
                            InstalledCertificate.describe(slot.name(), certificates), wanted, now);
            if (difference.isPresent()) {
                throw new IllegalArgumentException(difference.get());
            }
        } catch (IllegalArgumentException e) {
            throw StepEnded.failed(
                    "cannot accept certificate %s that the controller signed: %s"
                            .formatted(slot.name(), e.getMessage()));
        }
    }
}
