package io.davit.controller.enroll;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Durations;
import io.davit.common.Csr;
import io.davit.common.Keys;
import io.davit.common.Names;
import io.davit.common.Secret;
import io.davit.controller.access.Answers;
import io.davit.controller.access.Peer;
import io.davit.controller.access.PeerClass;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.pki.ControllerPki;
import io.davit.proto.agent.v1.BeginRequest;
import io.davit.proto.agent.v1.BeginResponse;
import io.davit.proto.agent.v1.Enrolled;
import io.davit.proto.agent.v1.EnrollmentGrpc;
import io.davit.proto.agent.v1.FinishRequest;
import io.davit.proto.agent.v1.FinishResponse;
import io.davit.proto.agent.v1.HostFacts;
import io.davit.proto.agent.v1.Pending;
import io.davit.proto.agent.v1.Protocol;
import io.grpc.ServerInterceptor;
import io.grpc.ServerTransportFilter;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.time.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The enrolment port's only service. Its caller has no identity yet, so everything it sends is
 * foreign: bounded, checked, and never repeated in a log unescaped.
 */
public final class EnrollmentService extends EnrollmentGrpc.EnrollmentImplBase {

    private static final Logger LOG = LoggerFactory.getLogger(EnrollmentService.class);
    private static final long BUNDLE_VERSION = 1;
    private static final int ASK_AGAIN_SECONDS = 5;

    private final Enrolments enrolments;
    private final Changes changes;
    private final ControllerPki pki;
    private final PeerRate rate;
    private final long epoch;
    private final Clock clock;
    private final SecureRandom random;

    /**
     * The service of one reign.
     *
     * @param perSecond how many attempts one address may begin in a second, after a burst of five
     *     times as many
     */
    public EnrollmentService(
            Changes changes,
            ControllerPki pki,
            LiveHosts live,
            long epoch,
            double perSecond,
            Clock clock,
            SecureRandom random) {
        this.enrolments = new Enrolments(changes, pki, live::connectedFrom, clock, random);
        this.changes = changes;
        this.pki = pki;
        this.rate = new PeerRate(perSecond, 5 * perSecond, clock);
        this.epoch = epoch;
        this.clock = clock;
        this.random = random;
    }

    /** Gives every connection of the enrolment listener its own nonce. */
    public ServerTransportFilter connectionFilter() {
        return EnrolConnection.filter();
    }

    /** Tells the service on which connection a call came. */
    public ServerInterceptor connectionInterceptor() {
        return EnrolConnection.interceptor();
    }

    @Override
    public void begin(BeginRequest request, StreamObserver<BeginResponse> observer) {
        Answers.unary(observer, () -> begin(request));
    }

    private BeginResponse begin(BeginRequest request) {
        EnrolConnection connection = EnrolConnection.current();
        if (!rate.admit(connection.peer().getHostAddress())) {
            throw Answers.refusal(
                    Status.RESOURCE_EXHAUSTED,
                    "cannot begin enrolment: too many attempts from this address; wait a moment");
        }
        if (request.getProtocolVersion() != Protocol.PROTOCOL_CURRENT_VALUE) {
            throw Answers.refusal(
                    Status.FAILED_PRECONDITION,
                    "cannot begin enrolment: the agent speaks protocol %d, this controller %d; install the agent of this version"
                            .formatted(
                                    request.getProtocolVersion(), Protocol.PROTOCOL_CURRENT_VALUE));
        }
        return BeginResponse.newBuilder()
                .setNonce(ByteString.copyFrom(connection.newNonce(random, clock)))
                .build();
    }

    @Override
    public void finish(FinishRequest request, StreamObserver<FinishResponse> observer) {
        Answers.unary(observer, () -> finish(request));
    }

    private FinishResponse finish(FinishRequest request) {
        EnrolConnection connection = EnrolConnection.current();
        // Without a nonce nobody has passed the rate limit of Begin: no log line, no row, no disk.
        requireNonce(request, connection);
        try {
            PublicKey key = provenKey(request, connection);
            Enrolments.Result result =
                    enrolments.enrol(
                            new Enrolments.Attempt(
                                    tokenId(request),
                                    Secret.of(request.getSecret().toByteArray()),
                                    key,
                                    describe(request.getFacts()),
                                    connection.peer()),
                            Peer.current().actor());
            return answer(result, connection);
        } catch (StatusRuntimeException refused) {
            String why = String.valueOf(refused.getStatus().getDescription());
            LOG.warn("{}: {}", connection.peer().getHostAddress(), why);
            changes.denied(
                    PeerClass.ENROLLING.name(),
                    new Change(
                            Peer.current().actor(),
                            Enrolments.METHOD,
                            "token/" + Names.printable(request.getTokenId()),
                            ""),
                    why);
            throw refused;
        }
    }

    private FinishResponse answer(Enrolments.Result result, EnrolConnection connection) {
        return switch (result) {
            case Enrolments.Enrolled enrolled -> {
                LOG.info(
                        "enrolled host {} from {}",
                        enrolled.host(),
                        connection.peer().getHostAddress());
                yield FinishResponse.newBuilder()
                        .setEnrolled(
                                Enrolled.newBuilder()
                                        .setHostId(enrolled.host().value())
                                        .setCertificateChainPem(enrolled.certificateChainPem())
                                        .setCaBundlePem(pki.caBundlePem())
                                        .setBundleVersion(BUNDLE_VERSION)
                                        .setEpoch(epoch))
                        .build();
            }
            case Enrolments.Waiting waiting ->
                    FinishResponse.newBuilder()
                            .setPending(
                                    Pending.newBuilder()
                                            .setFingerprintWords(waiting.fingerprintWords())
                                            .setAskAgainAfter(
                                                    Durations.fromSeconds(ASK_AGAIN_SECONDS)))
                            .build();
        };
    }

    private void requireNonce(FinishRequest request, EnrolConnection connection) {
        if (!connection.spend(request.getNonce().toByteArray(), clock)) {
            throw Answers.refusal(
                    Status.UNAUTHENTICATED,
                    "cannot enrol: the nonce is not the one of this connection, or older than 60 s;"
                            + " begin again");
        }
    }

    private static PublicKey provenKey(FinishRequest request, EnrolConnection connection) {
        PublicKey key;
        try {
            key = Csr.verifiedKey(request.getCsr().toByteArray());
        } catch (IllegalArgumentException e) {
            throw Answers.refusal(Status.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
        }
        byte[] message =
                Keys.enrolmentMessage(
                        request.getNonce().toByteArray(), connection.shownCertificate());
        if (!Keys.verify(key, message, request.getNonceSignature().toByteArray())) {
            throw Answers.refusal(
                    Status.UNAUTHENTICATED,
                    "cannot enrol: the signature is not by this key over this nonce and the"
                            + " certificate of this connection");
        }
        return key;
    }

    private static String tokenId(FinishRequest request) {
        if (!request.getTokenId().matches("[a-z2-7]{10}")) {
            throw Answers.refusal(
                    Status.INVALID_ARGUMENT,
                    "cannot enrol: the token's id is not 10 characters of a-z and 2-7");
        }
        return request.getTokenId();
    }

    private static HostRecord.Description describe(HostFacts facts) {
        return new HostRecord.Description(
                Names.printable(facts.getHostname()),
                Names.printable(facts.getMachineId()),
                Names.printable(facts.getProductUuid()),
                Names.printable((facts.getOsId() + " " + facts.getOsVersion()).strip()),
                Names.printable(facts.getAgentVersion()));
    }
}
