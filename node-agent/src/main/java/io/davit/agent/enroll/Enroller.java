package io.davit.agent.enroll;

import io.davit.agent.identity.HostIdentity;
import io.davit.agent.identity.IdentityStore;
import io.davit.agent.identity.Machine;
import io.davit.agent.link.Address;
import io.davit.agent.link.Backoff;
import io.davit.agent.link.ControllerChannels;
import io.davit.agent.link.Failures;
import io.davit.agent.link.SaidOnce;
import io.davit.agent.link.Waits;
import io.davit.common.HostId;
import io.davit.common.Identities;
import io.davit.common.JoinToken;
import io.davit.common.Names;
import io.davit.common.Pem;
import io.davit.proto.agent.v1.Enrolled;
import io.davit.proto.agent.v1.HostFacts;
import io.davit.proto.agent.v1.Pending;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks for an identity until there is one.
 *
 * <p>1. Wait for a token. 2. Ask, with the same key each time. 3. Pending: ask again when the
 * controller says so; no answer: ask again with backoff. 4. The answer is checked against our own
 * key and saved; the token stays until {@link #finish} hears that the identity held a session.
 * Every wait says in the log why.
 */
public final class Enroller {

    private static final Logger LOG = LoggerFactory.getLogger(Enroller.class);
    private static final Duration TOKEN_POLL = Duration.ofSeconds(5);
    private static final Duration REMINDER = Duration.ofMinutes(5);
    private static final Duration PENDING_SHORTEST = Duration.ofSeconds(1);
    private static final Duration PENDING_LONGEST = Duration.ofMinutes(1);

    private final TokenSource tokens;
    private final IdentityStore identities;
    private final EnrolmentKey keys;
    private final EnrolmentCall call;
    private final Address controller;
    private final Machine machine;
    private final Supplier<HostFacts> facts;
    private final Waits waits;
    private final SecureRandom random;

    /**
     * @param state the agent's state folder
     * @param facts what the host says about itself, read anew for each request
     */
    public Enroller(
            Address controller,
            Path state,
            TokenSource tokens,
            IdentityStore identities,
            Machine machine,
            Supplier<HostFacts> facts,
            ControllerChannels channels,
            InstantSource clock,
            Waits waits,
            SecureRandom random) {
        this.controller = controller;
        this.tokens = tokens;
        this.identities = identities;
        this.keys = new EnrolmentKey(state, random);
        this.call = new EnrolmentCall(controller, channels, clock);
        this.machine = machine;
        this.facts = facts;
        this.waits = waits;
        this.random = random;
    }

    /** Whether a token other than this one lies ready, that is: somebody wants a new enrolment. */
    public boolean hasTokenOtherThan(String tokenId) {
        return tokens.find() instanceof TokenSource.Found.Token(JoinToken token)
                && !token.id().equals(tokenId);
    }

    /** Returns with an identity that is on disk; waits as long as that takes. */
    public HostIdentity enrol() throws InterruptedException {
        var backoff = new Backoff(random);
        var waiting = new SaidOnce(LOG, waits, REMINDER);
        while (true) {
            switch (tokens.find()) {
                case TokenSource.Found.Nothing(String why) -> {
                    waiting.say("waiting to be enrolled: " + why);
                    waits.sleep(TOKEN_POLL);
                }
                case TokenSource.Found.Token(JoinToken token) -> {
                    var identity = attempt(token, backoff, waiting);
                    if (identity.isPresent()) {
                        return identity.get();
                    }
                }
            }
        }
    }

    private Optional<HostIdentity> attempt(JoinToken token, Backoff backoff, SaidOnce waiting)
            throws InterruptedException {
        try {
            KeyPair pair = keys.forToken(token.id(), machine);
            var answer = call.ask(token, pair, facts.get());
            switch (answer.getResultCase()) {
                case ENROLLED -> {
                    var identity = accept(answer.getEnrolled(), token, pair);
                    identities.save(identity);
                    LOG.info("enrolled as host {} with token {}", identity.hostId(), token.id());
                    return Optional.of(identity);
                }
                case PENDING -> {
                    backoff.reset();
                    awaitApproval(answer.getPending(), waiting);
                    return Optional.empty();
                }
                case RESULT_NOT_SET -> throw new IOException("the controller's answer is empty");
            }
        } catch (StatusRuntimeException e) {
            waitAfter(Failures.why(e), token, backoff);
        } catch (IOException | IllegalArgumentException e) {
            waitAfter(Names.printable(String.valueOf(e.getMessage())), token, backoff);
        }
        return Optional.empty();
    }

    private void awaitApproval(Pending pending, SaidOnce waiting) throws InterruptedException {
        waiting.say(
                "waiting for approval: an operator compares the words \"%s\" and runs `davit hosts approve`"
                        .formatted(Names.printable(pending.getFingerprintWords())));
        var asked =
                Duration.ofSeconds(
                        pending.getAskAgainAfter().getSeconds(),
                        pending.getAskAgainAfter().getNanos());
        waits.sleep(
                asked.compareTo(PENDING_SHORTEST) < 0
                        ? PENDING_SHORTEST
                        : asked.compareTo(PENDING_LONGEST) > 0 ? PENDING_LONGEST : asked);
    }

    private void waitAfter(String why, JoinToken token, Backoff backoff)
            throws InterruptedException {
        Duration pause = backoff.next();
        LOG.warn(
                "cannot enrol at {} with token {}: {}; attempt {}, the next in {} s",
                controller,
                token.id(),
                why,
                backoff.failures(),
                pause.toMillis() / 1000.0);
        waits.sleep(pause);
    }

    private HostIdentity accept(Enrolled enrolled, JoinToken token, KeyPair pair) {
        var hostId = new HostId(enrolled.getHostId());
        List<X509Certificate> chain = Pem.certificates(enrolled.getCertificateChainPem());
        var leaf = chain.getFirst();
        if (!leaf.getPublicKey().equals(pair.getPublic())) {
            throw new IllegalArgumentException(
                    "the certificate received is not for this host's key");
        }
        if (!names(leaf).contains(Identities.ofHost(hostId))) {
            throw new IllegalArgumentException(
                    "the certificate received does not name host " + hostId);
        }
        return new HostIdentity(
                hostId,
                pair.getPrivate(),
                chain,
                Pem.certificates(enrolled.getCaBundlePem()),
                token.id(),
                machine);
    }

    private static List<String> names(X509Certificate leaf) {
        try {
            return Optional.ofNullable(leaf.getSubjectAlternativeNames()).orElse(List.of()).stream()
                    .map(name -> String.valueOf(name.get(1)))
                    .toList();
        } catch (CertificateParsingException e) {
            throw new IllegalArgumentException("the certificate received cannot be read", e);
        }
    }

    /** The identity held a session: its token and the keys of enrolments are of no more use. */
    public void finish(HostIdentity identity) {
        try {
            keys.forget();
            if (tokens.destroy(identity.tokenId())) {
                LOG.info(
                        "token {} is used up: its file is overwritten and gone",
                        identity.tokenId());
            }
        } catch (IOException e) {
            LOG.warn(
                    "cannot remove the used token {}: {}; remove its file",
                    identity.tokenId(),
                    e.toString());
        }
    }
}
