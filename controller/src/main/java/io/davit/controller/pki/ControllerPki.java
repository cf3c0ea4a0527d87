package io.davit.controller.pki;

import io.davit.common.HostId;
import io.davit.common.Identities;
import io.davit.common.Keys;
import io.davit.common.Pem;
import io.davit.controller.pki.CertificateTemplate.Purpose;
import io.davit.controller.pki.CertificateTemplate.Usage;
import io.davit.controller.store.Reads;
import io.davit.controller.store.SealedSecrets;
import io.davit.controller.store.Transaction;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/**
 * The controller's own hierarchy: one root, and an issuing authority each for agents, operators and
 * controllers. A certificate of one class is therefore no certificate at all to the listener of
 * another.
 *
 * <pre>
 *   root (P-384) ─┬─ agent       clientAuth   spiffe://davit/host/ID         365 d
 *                 ├─ operator    clientAuth   spiffe://davit/operator/NAME   365 d
 *                 └─ controller  serverAuth   spiffe://davit/controller       90 d
 * </pre>
 */
public final class ControllerPki {

    private static final Duration AUTHORITY_LIFE = Duration.ofDays(3650);
    private static final Duration PEER_LIFE = Duration.ofDays(365);
    private static final Duration CONTROLLER_LIFE = Duration.ofDays(90);
    private static final Duration OWN_BACKDATE = Duration.ofHours(24);
    private static final Duration PEER_BACKDATE = Duration.ofMinutes(5);
    private static final Set<Usage> AUTHORITY_USAGES =
            Set.of(Usage.SIGN_CERTIFICATES, Usage.SIGN_REVOCATIONS);

    private final X509Certificate root;
    private final Authority agents;
    private final Authority operators;
    private final Authority controllers;
    private final Clock clock;

    private ControllerPki(
            X509Certificate root,
            Authority agents,
            Authority operators,
            Authority controllers,
            Clock clock) {
        this.root = root;
        this.agents = agents;
        this.operators = operators;
        this.controllers = controllers;
        this.clock = clock;
    }

    /** Makes the whole hierarchy; it must not exist yet. */
    public static void create(
            Transaction transaction, SealedSecrets secrets, Clock clock, SecureRandom random) {
        Instant from = clock.instant().minus(OWN_BACKDATE);
        Instant until = clock.instant().plus(AUTHORITY_LIFE);
        var store = new Authorities(secrets, random);
        Authority root =
                Authority.selfSigned(
                        CertificateTemplate.authority(
                                "Davit controller root", AUTHORITY_USAGES, from, until),
                        Keys.newP384(random),
                        random);
        store.add(transaction, "controller/root", root);
        for (String name : List.of("agent", "operator", "controller")) {
            var pair = Keys.newP256(random);
            X509Certificate certificate =
                    root.sign(
                            CertificateTemplate.authority(
                                    "Davit " + name + " issuer", AUTHORITY_USAGES, from, until),
                            pair.getPublic());
            store.add(
                    transaction,
                    "controller/" + name,
                    new Authority(certificate, pair.getPrivate(), random));
        }
    }

    /** Opens the hierarchy that {@link #create} made. */
    public static ControllerPki load(
            Reads reads, SealedSecrets secrets, Clock clock, SecureRandom random) {
        var store = new Authorities(secrets, random);
        return new ControllerPki(
                store.load(reads, "controller/root").certificate(),
                store.load(reads, "controller/agent"),
                store.load(reads, "controller/operator"),
                store.load(reads, "controller/controller"),
                clock);
    }

    /** The only trust anchor of the agents' listener. */
    public X509Certificate agentIssuer() {
        return agents.certificate();
    }

    /** The only trust anchor of the operators' listener. */
    public X509Certificate operatorIssuer() {
        return operators.certificate();
    }

    /** What agents and operators trust controllers by. */
    public String caBundlePem() {
        return Pem.ofCertificate(root);
    }

    /** The pin that goes into tokens. */
    public String rootPin() {
        return Keys.pin(root.getPublicKey());
    }

    /** A certificate for an agent's key. */
    public IssuedCertificate issueAgent(HostId host, PublicKey key) {
        return issue(agents, host.value(), Identities.ofHost(host), key);
    }

    /** A certificate for an operator's key. */
    public IssuedCertificate issueOperator(String name, PublicKey key) {
        return issue(operators, name, Identities.ofOperator(name), key);
    }

    private IssuedCertificate issue(
            Authority issuer, String commonName, String uri, PublicKey key) {
        Instant now = clock.instant();
        X509Certificate leaf =
                issuer.sign(
                        new CertificateTemplate(
                                commonName,
                                "",
                                List.of(uri),
                                List.of(),
                                List.of(),
                                Set.of(Purpose.CLIENT),
                                Set.of(Usage.DIGITAL_SIGNATURE),
                                false,
                                now.minus(PEER_BACKDATE),
                                now.plus(PEER_LIFE)),
                        key);
        return new IssuedCertificate(List.of(leaf, issuer.certificate()));
    }

    /**
     * A server certificate for a controller; the chain goes up to the root, since an agent that
     * knows only the token's pin has to find the pinned key in it.
     */
    public IssuedCertificate issueController(ControllerNames names, PublicKey key) {
        Instant now = clock.instant();
        X509Certificate leaf =
                controllers.sign(
                        new CertificateTemplate(
                                "davit controller",
                                "",
                                List.of(Identities.CONTROLLER),
                                names.dnsNames(),
                                names.ipAddresses(),
                                Set.of(Purpose.SERVER),
                                Set.of(Usage.DIGITAL_SIGNATURE),
                                false,
                                now.minus(OWN_BACKDATE),
                                now.plus(CONTROLLER_LIFE)),
                        key);
        return new IssuedCertificate(List.of(leaf, controllers.certificate(), root));
    }
}
