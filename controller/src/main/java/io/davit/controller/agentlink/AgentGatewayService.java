package io.davit.controller.agentlink;

import io.davit.common.HostId;
import io.davit.controller.access.Peer;
import io.davit.proto.agent.v1.AgentGatewayGrpc;
import io.davit.proto.agent.v1.AgentMessage;
import io.davit.proto.agent.v1.ArtifactChunk;
import io.davit.proto.agent.v1.BlobChunk;
import io.davit.proto.agent.v1.BlobReceipt;
import io.davit.proto.agent.v1.ControllerMessage;
import io.davit.proto.agent.v1.FetchArtifactRequest;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;

/** The agents' port's only service. */
public final class AgentGatewayService extends AgentGatewayGrpc.AgentGatewayImplBase {

    private final GrpcAgents agents;
    private final CertificateDesk desk;
    private final ArtifactGate gate;
    private final ArtifactFiles files;
    private final BlobDesk blobs;
    private final Clock clock;

    /**
     * Serves agents.
     *
     * @param desk answers certificate requests
     * @param gate says what a host may fetch now
     * @param files what there is to fetch
     * @param blobs takes what hosts send
     */
    public AgentGatewayService(
            GrpcAgents agents,
            CertificateDesk desk,
            ArtifactGate gate,
            ArtifactFiles files,
            BlobDesk blobs,
            Clock clock) {
        this.agents = agents;
        this.desk = desk;
        this.gate = gate;
        this.files = files;
        this.blobs = blobs;
        this.clock = clock;
    }

    @Override
    public StreamObserver<AgentMessage> session(StreamObserver<ControllerMessage> answers) {
        Peer peer = Peer.current();
        var session =
                new AgentSession(
                        peer.requireHost(),
                        peer.ip(),
                        (ServerCallStreamObserver<ControllerMessage>) answers,
                        agents.sessions(),
                        desk,
                        clock);
        agents.sessions().opened(session);
        return session;
    }

    @Override
    public void fetchArtifact(
            FetchArtifactRequest request, StreamObserver<ArtifactChunk> observer) {
        HostId host = Peer.current().requireHost();
        String sha256 = request.getSha256();
        if (!sha256.matches("[0-9a-f]{64}") || !gate.mayFetch(host, sha256)) {
            refuse(
                    observer,
                    Status.PERMISSION_DENIED,
                    "no step that runs on this host now names this artifact");
            return;
        }
        Optional<Path> file = files.file(sha256);
        try {
            if (file.isEmpty()) {
                refuse(observer, Status.NOT_FOUND, "the controller does not hold it");
            } else if (request.getOffset() < 0 || request.getOffset() > Files.size(file.get())) {
                refuse(observer, Status.OUT_OF_RANGE, "the offset is behind its end");
            } else {
                ArtifactStream.start(
                        host,
                        sha256,
                        file.get(),
                        request.getOffset(),
                        (ServerCallStreamObserver<ArtifactChunk>) observer,
                        agents.transfers());
                agents.endTransfersIfRemoved(host);
            }
        } catch (IOException e) {
            refuse(observer, Status.INTERNAL, "the controller cannot read it: " + e.getMessage());
        }
    }

    @Override
    public StreamObserver<BlobChunk> putBlob(StreamObserver<BlobReceipt> observer) {
        HostId host = Peer.current().requireHost();
        var receiver =
                BlobReceiver.start(
                        host,
                        blobs,
                        agents.transfers(),
                        (ServerCallStreamObserver<BlobReceipt>) observer);
        agents.endTransfersIfRemoved(host);
        return receiver;
    }

    private static void refuse(StreamObserver<?> observer, Status status, String why) {
        observer.onError(
                status.withDescription("cannot fetch artifact: " + why).asRuntimeException());
    }
}
