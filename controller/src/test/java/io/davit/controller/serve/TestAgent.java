package io.davit.controller.serve;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import io.davit.common.Csr;
import io.davit.common.JoinToken;
import io.davit.common.Keys;
import io.davit.common.Pem;
import io.davit.proto.agent.v1.AgentGatewayGrpc;
import io.davit.proto.agent.v1.AgentMessage;
import io.davit.proto.agent.v1.BeginRequest;
import io.davit.proto.agent.v1.ControllerMessage;
import io.davit.proto.agent.v1.Enrolled;
import io.davit.proto.agent.v1.EnrollmentGrpc;
import io.davit.proto.agent.v1.FinishRequest;
import io.davit.proto.agent.v1.FinishResponse;
import io.davit.proto.agent.v1.Heartbeat;
import io.davit.proto.agent.v1.Hello;
import io.davit.proto.agent.v1.HostFacts;
import io.davit.proto.agent.v1.Protocol;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.handler.ssl.SslContextBuilder;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** What an agent does towards the controller, and nothing else of it. */
public final class TestAgent implements AutoCloseable {

    private final KeyPair key;
    private final String runId;
    private Enrolled identity = Enrolled.getDefaultInstance();
    private final BlockingQueue<ControllerMessage> received = new LinkedBlockingQueue<>();
    private CompletableFuture<Status> ended = new CompletableFuture<>();
    private @Nullable ManagedChannel channel;
    private @Nullable StreamObserver<AgentMessage> stream;

    public TestAgent() {
        this(Keys.newP256(new SecureRandom()), "run-" + System.nanoTime());
    }

    private TestAgent(KeyPair key, String runId) {
        this.key = key;
        this.runId = runId;
    }

    /** The same identity in another process: a copied disk. */
    public TestAgent copy() {
        var copy = new TestAgent(key, "run-" + System.nanoTime());
        copy.identity = identity;
        return copy;
    }

    /** The same process with a new connection. */
    public TestAgent reconnecting() {
        var same = new TestAgent(key, runId);
        same.identity = identity;
        return same;
    }

    public Enrolled identity() {
        return identity;
    }

    public KeyPair key() {
        return key;
    }

    /** A connection to the enrolment port that has pinned the controller's root. */
    public static final class Enrolling implements AutoCloseable {
        private final PinnedTrust trust;
        private final ManagedChannel channel;

        public Enrolling(int port, String pin) throws SSLException {
            trust = new PinnedTrust(pin);
            channel =
                    NettyChannelBuilder.forAddress("127.0.0.1", port)
                            .sslContext(
                                    GrpcSslContexts.configure(SslContextBuilder.forClient())
                                            .protocols("TLSv1.3")
                                            .trustManager(trust)
                                            .build())
                            .build();
        }

        public EnrollmentGrpc.EnrollmentBlockingStub stub() {
            return EnrollmentGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
        }

        public byte[] begin(String tokenId) {
            return stub().begin(
                            BeginRequest.newBuilder()
                                    .setTokenId(tokenId)
                                    .setProtocolVersion(Protocol.PROTOCOL_CURRENT_VALUE)
                                    .build())
                    .getNonce()
                    .toByteArray();
        }

        public byte[] serverLeaf() {
            return requireNonNull(trust.leaf.get());
        }

        @Override
        public void close() {
            channel.shutdownNow();
        }
    }

    /** Begin and Finish on a connection of its own. */
    public FinishResponse enrol(int port, JoinToken token) throws SSLException {
        try (var enrolling = new Enrolling(port, token.pins().getFirst())) {
            byte[] nonce = enrolling.begin(token.id());
            FinishResponse answer =
                    enrolling.stub().finish(finish(token, nonce, enrolling.serverLeaf()).build());
            if (answer.hasEnrolled()) {
                identity = answer.getEnrolled();
            }
            return answer;
        }
    }

    public FinishRequest.Builder finish(JoinToken token, byte[] nonce, byte[] serverLeaf) {
        return FinishRequest.newBuilder()
                .setTokenId(token.id())
                .setSecret(ByteString.copyFrom(token.secret().reveal()))
                .setCsr(ByteString.copyFrom(Csr.of(key)))
                .setNonce(ByteString.copyFrom(nonce))
                .setNonceSignature(
                        ByteString.copyFrom(
                                Keys.sign(
                                        key.getPrivate(),
                                        Keys.enrolmentMessage(nonce, serverLeaf))))
                .setFacts(HostFacts.newBuilder().setHostname("t1").setMachineId("0".repeat(32)));
    }

    public ManagedChannel channel(int port) throws SSLException {
        return NettyChannelBuilder.forAddress("127.0.0.1", port)
                .sslContext(
                        GrpcSslContexts.configure(SslContextBuilder.forClient())
                                .protocols("TLSv1.3")
                                .trustManager(
                                        Pem.certificates(identity.getCaBundlePem())
                                                .toArray(X509Certificate[]::new))
                                .keyManager(
                                        key.getPrivate(),
                                        Pem.certificates(identity.getCertificateChainPem())
                                                .toArray(X509Certificate[]::new))
                                .build())
                .build();
    }

    /** Opens the session and says Hello. */
    public void connect(int port) throws SSLException {
        connect(port, 0);
    }

    /** The same, having obeyed this epoch. */
    public void connect(int port, long highestEpoch) throws SSLException {
        open(port);
        send(
                AgentMessage.newBuilder()
                        .setHello(
                                Hello.newBuilder()
                                        .setProtocolVersion(Protocol.PROTOCOL_CURRENT_VALUE)
                                        .setAgentVersion("test")
                                        .setAgentRunId(runId)
                                        .setHighestEpoch(highestEpoch)
                                        .setFacts(
                                                HostFacts.newBuilder().addAddresses("198.18.0.11")))
                        .build());
    }

    /** Opens the session and says nothing. */
    public void open(int port) throws SSLException {
        ended = new CompletableFuture<>();
        received.clear();
        channel = channel(port);
        stream =
                AgentGatewayGrpc.newStub(channel)
                        .session(
                                new StreamObserver<>() {
                                    @Override
                                    public void onNext(ControllerMessage message) {
                                        received.add(message);
                                    }

                                    @Override
                                    public void onError(Throwable failure) {
                                        ended.complete(Status.fromThrowable(failure));
                                    }

                                    @Override
                                    public void onCompleted() {
                                        ended.complete(Status.OK);
                                    }
                                });
    }

    public void send(AgentMessage message) {
        synchronized (received) {
            requireNonNull(stream).onNext(message);
        }
    }

    public void heartbeat(long sequence) {
        send(
                AgentMessage.newBuilder()
                        .setHeartbeat(
                                Heartbeat.newBuilder()
                                        .setSequence(sequence)
                                        .setClockMs(System.currentTimeMillis()))
                        .build());
    }

    /** The next message; fails when none comes in 10 s. */
    public ControllerMessage next() throws InterruptedException {
        ControllerMessage message = received.poll(10, TimeUnit.SECONDS);
        if (message == null) {
            throw new AssertionError(
                    "no message within 10 s; ended: " + ended.getNow(Status.UNKNOWN));
        }
        return message;
    }

    /** How the session ended; fails when it has not in 10 s. */
    public Status end() throws Exception {
        return ended.get(10, TimeUnit.SECONDS);
    }

    public boolean isOpen() {
        return !ended.isDone();
    }

    @Override
    public void close() {
        if (channel != null) {
            channel.shutdownNow();
        }
    }

    /** Trusts a chain that leads to the pinned key; remembers the leaf. */
    static final class PinnedTrust implements X509TrustManager {

        private final String pin;
        private final AtomicReference<byte @Nullable []> leaf = new AtomicReference<>();

        PinnedTrust(String pin) {
            this.pin = pin;
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType)
                throws CertificateException {
            X509Certificate root = chain[chain.length - 1];
            if (!Keys.pin(root.getPublicKey()).equals(pin)) {
                throw new CertificateException("the pinned key is not in the chain");
            }
            try {
                for (int i = 0; i + 1 < chain.length; i++) {
                    chain[i].verify(chain[i + 1].getPublicKey());
                }
            } catch (java.security.GeneralSecurityException e) {
                throw new CertificateException(e);
            }
            leaf.set(chain[0].getEncoded());
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType)
                throws CertificateException {
            throw new CertificateException("not a server");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
