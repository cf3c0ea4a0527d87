package io.davit.agent.enroll;

import com.google.protobuf.ByteString;
import io.davit.agent.link.Address;
import io.davit.agent.link.ControllerChannels;
import io.davit.agent.link.ControllerTrust;
import io.davit.common.Csr;
import io.davit.common.JoinToken;
import io.davit.common.Keys;
import io.davit.proto.agent.v1.BeginRequest;
import io.davit.proto.agent.v1.EnrollmentGrpc;
import io.davit.proto.agent.v1.FinishRequest;
import io.davit.proto.agent.v1.FinishResponse;
import io.davit.proto.agent.v1.HostFacts;
import io.davit.proto.agent.v1.Protocol;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.security.KeyPair;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;

/**
 * One request for an identity.
 *
 * <p>1. Connect; the controller shows a chain with the token's pin, or it ends here. 2. Begin: the
 * token's public id for a nonce. 3. Finish: secret, request, and a signature that binds nonce, key
 * and the certificate seen.
 */
final class EnrolmentCall {

    private static final long BEGIN_SECONDS = 15;
    private static final long FINISH_SECONDS = 30;

    private final Address controller;
    private final ControllerChannels channels;
    private final InstantSource clock;

    EnrolmentCall(Address controller, ControllerChannels channels, InstantSource clock) {
        this.controller = controller;
        this.channels = channels;
        this.clock = clock;
    }

    /**
     * Asks once.
     *
     * @throws StatusRuntimeException if there was no answer or a refusal
     */
    FinishResponse ask(JoinToken token, KeyPair pair, HostFacts facts)
            throws IOException, InterruptedException {
        var trust = ControllerTrust.pinned(token.pins(), clock);
        ManagedChannel channel = channels.anonymous(controller, trust);
        try {
            var enrolment = EnrollmentGrpc.newBlockingStub(channel);
            var begun =
                    enrolment
                            .withDeadlineAfter(BEGIN_SECONDS, TimeUnit.SECONDS)
                            .begin(
                                    BeginRequest.newBuilder()
                                            .setTokenId(token.id())
                                            .setProtocolVersion(Protocol.PROTOCOL_CURRENT_VALUE)
                                            .build());
            X509Certificate seen =
                    trust.accepted().orElseThrow(() -> new IOException("no certificate was seen"));
            byte[] message = Keys.enrolmentMessage(begun.getNonce().toByteArray(), der(seen));
            return enrolment
                    .withDeadlineAfter(FINISH_SECONDS, TimeUnit.SECONDS)
                    .finish(
                            FinishRequest.newBuilder()
                                    .setTokenId(token.id())
                                    .setSecret(ByteString.copyFrom(token.secret().reveal()))
                                    .setCsr(ByteString.copyFrom(Csr.of(pair)))
                                    .setNonce(begun.getNonce())
                                    .setNonceSignature(
                                            ByteString.copyFrom(
                                                    Keys.sign(pair.getPrivate(), message)))
                                    .setFacts(facts)
                                    .build());
        } finally {
            ControllerChannels.end(channel);
        }
    }

    private static byte[] der(X509Certificate certificate) throws IOException {
        try {
            return certificate.getEncoded();
        } catch (CertificateEncodingException e) {
            throw new IOException("cannot encode the controller's certificate", e);
        }
    }
}
