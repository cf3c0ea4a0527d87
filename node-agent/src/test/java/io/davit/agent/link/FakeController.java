package io.davit.agent.link;

import com.google.protobuf.ByteString;
import io.davit.common.Csr;
import io.davit.common.Digests;
import io.davit.common.HostId;
import io.davit.common.Identities;
import io.davit.common.JoinToken;
import io.davit.common.Keys;
import io.davit.common.Pem;
import io.davit.proto.agent.v1.AgentGatewayGrpc;
import io.davit.proto.agent.v1.AgentMessage;
import io.davit.proto.agent.v1.ArtifactChunk;
import io.davit.proto.agent.v1.BeginRequest;
import io.davit.proto.agent.v1.BeginResponse;
import io.davit.proto.agent.v1.BlobChunk;
import io.davit.proto.agent.v1.BlobHead;
import io.davit.proto.agent.v1.BlobReceipt;
import io.davit.proto.agent.v1.ControllerMessage;
import io.davit.proto.agent.v1.Enrolled;
import io.davit.proto.agent.v1.EnrollmentGrpc;
import io.davit.proto.agent.v1.FetchArtifactRequest;
import io.davit.proto.agent.v1.FinishRequest;
import io.davit.proto.agent.v1.FinishResponse;
import io.davit.proto.agent.v1.HeartbeatAck;
import io.davit.proto.agent.v1.Pending;
import io.davit.proto.agent.v1.Welcome;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/**
 * The two listeners an agent meets, over real TLS on loopback. It checks what a controller checks
 * about proofs, and lets a test decide the rest.
 */
public final class FakeController implements AutoCloseable {

    /** The id of its reign. */
    public static final String REIGN = "0123456789abcdef0123456789abcdef";

    private static final byte[] INVENTORY_KEY = new byte[32];

    private final TestPki pki;
    private final TestPki.Certified own;
    private final SecureRandom random = new SecureRandom();
    private final Server enrolment;
    private final Server gateway;

    public final JoinToken token;
    public final AtomicInteger begins = new AtomicInteger();
    public final AtomicInteger finishes = new AtomicInteger();
    public final AtomicInteger finishRepliesToLose = new AtomicInteger();
    public final AtomicInteger welcomesToHoldBack = new AtomicInteger();
    public final Map<String, HostId> hostsByKey =
            Collections.synchronizedMap(new LinkedHashMap<>());
    public final List<AgentSession> sessions = new CopyOnWriteArrayList<>();
    public volatile boolean approved = true;
    public volatile boolean refusing;
    public volatile boolean mute;
    public volatile byte[] artifact = new byte[0];

    /** What came of blobs, and how their calls are ended; null: with a receipt. */
    public final List<byte[]> blobs = new CopyOnWriteArrayList<>();

    public final List<BlobHead> blobHeads = new CopyOnWriteArrayList<>();
    public volatile Status blobEnd = Status.OK;

    /** A blob's call is ended at this chunk; negative: at its end. */
    public volatile int endBlobAt = -1;

    /** After so many bytes of an artifact the call breaks off; negative: never. */
    public volatile int breakArtifactAfter = -1;

    public FakeController(TestPki pki) throws IOException {
        this(pki, pki.controller());
    }

    public FakeController(TestPki pki, TestPki.Certified own) throws IOException {
        this.pki = pki;
        this.own = own;
        this.token = JoinToken.random(random, List.of(pki.pin()));
        this.enrolment = start(tls().build(), new Enrolment());
        this.gateway =
                start(
                        tls().clientAuth(ClientAuth.REQUIRE)
                                .trustManager(List.of(pki.agentIssuer()))
                                .build(),
                        new Gateway());
    }

    private SslContextBuilder tls() {
        return GrpcSslContexts.configure(
                        SslContextBuilder.forServer(
                                own.keys().getPrivate(), pki.controllerChain(own)),
                        SslProvider.OPENSSL)
                .protocols("TLSv1.3");
    }

    private static Server start(SslContext tls, io.grpc.BindableService service)
            throws IOException {
        return NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                .sslContext(tls)
                .addService(service)
                .build()
                .start();
    }

    public Address enrolmentAddress() {
        return new Address("127.0.0.1", enrolment.getPort());
    }

    public Address gatewayAddress() {
        return new Address("127.0.0.1", gateway.getPort());
    }

    /** The newest session. */
    public AgentSession session() {
        return sessions.getLast();
    }

    @Override
    public void close() throws InterruptedException {
        enrolment.shutdownNow().awaitTermination();
        gateway.shutdownNow().awaitTermination();
    }

    private final class Enrolment extends EnrollmentGrpc.EnrollmentImplBase {

        private final byte[] nonce = new byte[32];

        @Override
        public void begin(BeginRequest request, StreamObserver<BeginResponse> reply) {
            begins.incrementAndGet();
            random.nextBytes(nonce);
            reply.onNext(BeginResponse.newBuilder().setNonce(ByteString.copyFrom(nonce)).build());
            reply.onCompleted();
        }

        @Override
        public void finish(FinishRequest request, StreamObserver<FinishResponse> reply) {
            finishes.incrementAndGet();
            if (!Arrays.equals(request.getSecret().toByteArray(), token.secret().reveal())) {
                reply.onError(
                        Status.PERMISSION_DENIED
                                .withDescription("unknown token")
                                .asRuntimeException());
                return;
            }
            var key = Csr.verifiedKey(request.getCsr().toByteArray());
            byte[] message = Keys.enrolmentMessage(nonce, der(own.certificate()));
            if (!Keys.verify(key, message, request.getNonceSignature().toByteArray())) {
                reply.onError(Status.PERMISSION_DENIED.asRuntimeException());
                return;
            }
            var id = hostsByKey.computeIfAbsent(Keys.spkiSha256(key), _ -> HostId.random(random));
            if (finishRepliesToLose.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                reply.onError(Status.UNAVAILABLE.withDescription("lost").asRuntimeException());
                return;
            }
            reply.onNext(
                    approved
                            ? FinishResponse.newBuilder().setEnrolled(enrolled(id, key)).build()
                            : FinishResponse.newBuilder()
                                    .setPending(Pending.newBuilder().setFingerprintWords("babab"))
                                    .build());
            reply.onCompleted();
        }

        private Enrolled enrolled(HostId id, java.security.PublicKey key) {
            return Enrolled.newBuilder()
                    .setHostId(id.value())
                    .setCertificateChainPem(
                            Pem.ofCertificates(
                                    List.of(
                                            pki.agent(key, Identities.ofHost(id)),
                                            pki.agentIssuer())))
                    .setCaBundlePem(Pem.ofCertificate(pki.root()))
                    .setBundleVersion(1)
                    .setEpoch(1)
                    .build();
        }
    }

    private static byte[] der(X509Certificate certificate) {
        try {
            return certificate.getEncoded();
        } catch (java.security.cert.CertificateEncodingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** One stream, as the controller sees it. */
    public static final class AgentSession {

        private final StreamObserver<ControllerMessage> out;
        private final List<AgentMessage> received = new CopyOnWriteArrayList<>();
        private volatile boolean ended;
        private boolean failed;

        AgentSession(StreamObserver<ControllerMessage> out) {
            this.out = out;
        }

        public synchronized void send(ControllerMessage message) {
            if (!failed) {
                out.onNext(message);
            }
        }

        /** Breaks the stream off. */
        public synchronized void fail(Status status) {
            failed = true;
            out.onError(status.asRuntimeException());
        }

        public List<AgentMessage> received(Predicate<AgentMessage> which) {
            return received.stream().filter(which).toList();
        }

        public boolean ended() {
            return ended;
        }
    }

    private final class Gateway extends AgentGatewayGrpc.AgentGatewayImplBase {

        @Override
        public StreamObserver<AgentMessage> session(StreamObserver<ControllerMessage> out) {
            var session = new AgentSession(out);
            sessions.add(session);
            return new StreamObserver<>() {
                @Override
                public void onNext(AgentMessage message) {
                    session.received.add(message);
                    if (message.hasHello()) {
                        hello(session);
                    } else if (message.hasHeartbeat() && !mute) {
                        session.send(
                                ControllerMessage.newBuilder()
                                        .setHeartbeatAck(
                                                HeartbeatAck.newBuilder()
                                                        .setSequence(
                                                                message.getHeartbeat()
                                                                        .getSequence()))
                                        .build());
                    }
                }

                @Override
                public void onError(Throwable failure) {
                    session.ended = true;
                }

                @Override
                public void onCompleted() {
                    session.ended = true;
                }
            };
        }

        private void hello(AgentSession session) {
            if (refusing) {
                session.fail(Status.PERMISSION_DENIED.withDescription("banned"));
            } else if (welcomesToHoldBack.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                session.fail(Status.UNAVAILABLE.withDescription("not now"));
            } else {
                session.send(welcome());
            }
        }

        private ControllerMessage welcome() {
            var host = List.copyOf(hostsByKey.values()).getLast().value();
            return ControllerMessage.newBuilder()
                    .setWelcome(
                            Welcome.newBuilder()
                                    .setEpoch(7)
                                    .setReignId(REIGN)
                                    .setControllerVersion("test")
                                    .setHeartbeatInterval(
                                            com.google.protobuf.Duration.newBuilder()
                                                    .setSeconds(10))
                                    .setInventoryKey(ByteString.copyFrom(INVENTORY_KEY))
                                    .setHostId(host))
                    .build();
        }

        @Override
        public StreamObserver<BlobChunk> putBlob(StreamObserver<BlobReceipt> reply) {
            var content = new ByteArrayOutputStream();
            return new StreamObserver<>() {

                private int chunks;
                private boolean over;

                @Override
                public void onNext(BlobChunk chunk) {
                    if (chunk.hasHead()) {
                        blobHeads.add(chunk.getHead());
                    }
                    content.writeBytes(chunk.getData().toByteArray());
                    if (chunks++ == endBlobAt) {
                        over = true;
                        reply.onError(blobEnd.asRuntimeException());
                    }
                }

                @Override
                public void onError(Throwable failure) {}

                @Override
                public void onCompleted() {
                    if (over) {
                        return;
                    }
                    blobs.add(content.toByteArray());
                    if (blobEnd.isOk()) {
                        reply.onNext(BlobReceipt.getDefaultInstance());
                        reply.onCompleted();
                    } else {
                        reply.onError(blobEnd.asRuntimeException());
                    }
                }
            };
        }

        @Override
        public void fetchArtifact(
                FetchArtifactRequest request, StreamObserver<ArtifactChunk> reply) {
            if (!request.getSha256().equals(Digests.sha256Hex(artifact))) {
                reply.onError(Status.NOT_FOUND.asRuntimeException());
                return;
            }
            int limit = breakArtifactAfter;
            for (int at = (int) request.getOffset(); at < artifact.length; at += 1000) {
                if (limit >= 0 && at >= limit) {
                    breakArtifactAfter = -1;
                    reply.onError(Status.UNAVAILABLE.withDescription("cut").asRuntimeException());
                    return;
                }
                int length = Math.min(1000, artifact.length - at);
                reply.onNext(
                        ArtifactChunk.newBuilder()
                                .setOffset(at)
                                .setData(ByteString.copyFrom(artifact, at, length))
                                .setSizeBytes(artifact.length)
                                .build());
            }
            reply.onCompleted();
        }
    }
}
