package io.davit.agent.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.common.Identities;
import io.davit.common.Keys;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.junit.jupiter.api.Test;

final class ControllerTrustTest {

    private static final Instant NOW = Instant.now();

    private final TestPki pki = new TestPki();
    private final ControllerTrust pinned =
            ControllerTrust.pinned(List.of(pki.pin()), InstantSource.fixed(NOW));

    @Test
    void acceptsTheControllerThatMadeTheToken() throws Exception {
        var leaf = pki.controller();
        check(pinned, pki.controllerChain(leaf));
        assertThat(pinned.accepted()).contains(leaf.certificate());
    }

    @Test
    void acceptsEitherOfTwoPins() throws Exception {
        var both =
                ControllerTrust.pinned(
                        List.of(new TestPki().pin(), pki.pin()), InstantSource.fixed(NOW));
        check(both, pki.controllerChain(pki.controller()));
    }

    @Test
    void refusesAnotherControllerUnderAPin() {
        var other = new TestPki();
        refused(pinned, other.controllerChain(other.controller()), "not the controller that made");
    }

    @Test
    void refusesALeafThatOnlyShowsThePinnedRoot() {
        var other = new TestPki();
        var forged = List.of(other.controllerChain(other.controller()).getFirst(), pki.root());
        refused(pinned, forged, "does not lead to a trusted root");
    }

    @Test
    void refusesAPinThatIsTheLeafsOwn() {
        var leaf = pki.controller();
        var onLeaf =
                ControllerTrust.pinned(
                        List.of(Keys.pin(leaf.certificate().getPublicKey())),
                        InstantSource.fixed(NOW));
        refused(onLeaf, pki.controllerChain(leaf), "not that of a CA");
    }

    @Test
    void refusesOtherNamesAndOtherUses() {
        var day = Duration.ofDays(1);
        refused(
                pinned,
                pki.controllerChain(
                        pki.controller(
                                Identities.CONTROLLER + "s",
                                KeyPurposeId.id_kp_serverAuth,
                                NOW.minus(day),
                                NOW.plus(day))),
                "not named spiffe://davit/controller");
        refused(
                pinned,
                pki.controllerChain(
                        pki.controller(
                                Identities.CONTROLLER,
                                KeyPurposeId.id_kp_clientAuth,
                                NOW.minus(day),
                                NOW.plus(day))),
                "not for serverAuth");
    }

    @Test
    void saysBothTimesWhenTheClockDoesNotFit() {
        var tomorrow = NOW.plus(Duration.ofDays(1));
        var chain =
                pki.controllerChain(
                        pki.controller(
                                Identities.CONTROLLER,
                                KeyPurposeId.id_kp_serverAuth,
                                tomorrow,
                                NOW.plus(Duration.ofDays(2))));
        refused(pinned, chain, "this host's clock says " + NOW);
        refused(pinned, chain, "valid from " + tomorrow.toString().substring(0, 19));
    }

    @Test
    void aBundleTrustsItsRootsAndNoOther() throws Exception {
        var trust = ControllerTrust.bundle(List.of(pki.root()), InstantSource.fixed(NOW));
        check(trust, pki.controllerChain(pki.controller()));
        var other = new TestPki();
        refused(
                trust,
                other.controllerChain(other.controller()),
                "does not lead to a trusted root");
    }

    @Test
    void refusesARootThatPresentsItself() {
        refused(pinned, List.of(pki.root()), "a CA's certificate as its own");
    }

    private static void check(ControllerTrust trust, List<X509Certificate> chain)
            throws CertificateException {
        trust.checkServerTrusted(chain.toArray(X509Certificate[]::new), "UNKNOWN");
    }

    private static void refused(
            ControllerTrust trust, List<X509Certificate> chain, String because) {
        assertThatThrownBy(() -> check(trust, chain)).hasMessageContaining(because);
        assertThat(trust.accepted()).isEmpty();
    }
}
