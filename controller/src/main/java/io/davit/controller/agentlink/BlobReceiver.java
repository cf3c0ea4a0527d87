package io.davit.controller.agentlink;

import io.davit.common.Digests;
import io.davit.common.HostId;
import io.davit.controller.agentlink.BlobDesk.BlobRefusedException;
import io.davit.proto.agent.v1.BlobChunk;
import io.davit.proto.agent.v1.BlobHead;
import io.davit.proto.agent.v1.BlobReceipt;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes one blob of one host.
 *
 * <pre>
 *   OPENED ──head, accepted by the desk──▶ TAKING ──all of it, and right──▶ ENDED, kept
 *      └───────anything else──────────────────┴──anything else────────────▶ ENDED, discarded
 * </pre>
 *
 * The next chunk is asked for when the last is written: what is in memory is bounded by the
 * stream's own window.
 */
final class BlobReceiver implements StreamObserver<BlobChunk>, Transfer {

    private static final Logger LOG = LoggerFactory.getLogger(BlobReceiver.class);
    private static final int LONGEST_CHUNK = 64 << 10;
    private static final long LARGEST = 16L << 30;

    private final HostId host;
    private final BlobDesk desk;
    private final Transfers transfers;
    private final ServerCallStreamObserver<BlobReceipt> answers;
    private final MessageDigest digest = Digests.sha256();
    private Optional<BlobDesk.Head> head = Optional.empty();
    private Optional<BlobDesk.Incoming> incoming = Optional.empty();
    private long at;
    private boolean over;

    private BlobReceiver(
            HostId host,
            BlobDesk desk,
            Transfers transfers,
            ServerCallStreamObserver<BlobReceipt> answers) {
        this.host = host;
        this.desk = desk;
        this.transfers = transfers;
        this.answers = answers;
    }

    static BlobReceiver start(
            HostId host,
            BlobDesk desk,
            Transfers transfers,
            ServerCallStreamObserver<BlobReceipt> answers) {
        var receiver = new BlobReceiver(host, desk, transfers, answers);
        transfers.add(host, receiver);
        answers.disableAutoRequest();
        answers.setOnCancelHandler(receiver::cancelled);
        answers.request(1);
        return receiver;
    }

    @Override
    public synchronized void onNext(BlobChunk chunk) {
        if (over) {
            return;
        }
        try {
            if (head.isEmpty()) {
                open(chunk);
            } else {
                take(chunk);
            }
            answers.request(1);
        } catch (BlobRefusedException refused) {
            refuse(refused);
        } catch (IOException | RuntimeException failure) {
            failed(failure);
        }
    }

    private void open(BlobChunk first) throws BlobRefusedException {
        if (!first.hasHead() || !first.getData().isEmpty()) {
            throw wrong("its first message must have the head, and nothing else");
        }
        var said = head(first.getHead());
        incoming =
                Optional.of(
                        desk.open(
                                host,
                                said,
                                () ->
                                        breakOff(
                                                Status.PERMISSION_DENIED,
                                                "the step that it is for has ended")));
        head = Optional.of(said);
    }

    private static BlobDesk.Head head(BlobHead said) throws BlobRefusedException {
        var snapshot = said.getEtcdSnapshot();
        boolean right =
                said.hasEtcdSnapshot()
                        && said.getSha256().matches("[0-9a-f]{64}")
                        && said.getName().matches("[a-z0-9-]{1,64}")
                        && said.getSizeBytes() > 0
                        && snapshot.getMemberId().matches("[0-9a-f]{1,16}")
                        && snapshot.getEtcdVersion().matches("[0-9A-Za-z.+-]{1,32}")
                        && snapshot.getRevision() >= 0
                        && snapshot.getTotalKeys() >= 0;
        if (!right) {
            throw wrong("its head is not one of a snapshot");
        }
        if (said.getSizeBytes() > LARGEST) {
            throw new BlobRefusedException(
                    BlobRefusedException.Cause.NO_ROOM,
                    "it has %d bytes, %d may be".formatted(said.getSizeBytes(), LARGEST));
        }
        return new BlobDesk.Head(
                said.getOperationId(),
                said.getStepId(),
                said.getAttempt(),
                said.getName(),
                said.getSizeBytes(),
                said.getSha256(),
                new BlobDesk.SnapshotFacts(
                        snapshot.getMemberId(),
                        snapshot.getEtcdVersion(),
                        snapshot.getRevision(),
                        snapshot.getTotalKeys(),
                        Integer.toUnsignedLong(snapshot.getHash())));
    }

    private void take(BlobChunk chunk) throws BlobRefusedException, IOException {
        int length = chunk.getData().size();
        if (chunk.hasHead()) {
            throw wrong("a second head came");
        }
        if (chunk.getOffset() != at) {
            throw wrong("offset %d came where %d was next".formatted(chunk.getOffset(), at));
        }
        if (length == 0 || length > LONGEST_CHUNK) {
            throw wrong("a chunk has %d bytes".formatted(length));
        }
        if (at + length > head.orElseThrow().sizeBytes()) {
            throw wrong("more than its %d bytes came".formatted(head.orElseThrow().sizeBytes()));
        }
        byte[] data = chunk.getData().toByteArray();
        digest.update(data);
        incoming.orElseThrow().take(data);
        at += length;
    }

    @Override
    public synchronized void onCompleted() {
        if (over) {
            return;
        }
        try {
            if (head.isEmpty() || at != head.get().sizeBytes()) {
                throw wrong("it ended after %d bytes".formatted(at));
            }
            if (!HexFormat.of().formatHex(digest.digest()).equals(head.get().sha256())) {
                throw wrong("it does not have the SHA-256 that it says");
            }
            incoming.orElseThrow().finish();
            end();
            LOG.info("{} of host {}: {} bytes, kept", head.get().name(), host, at);
            answers.onNext(BlobReceipt.getDefaultInstance());
            answers.onCompleted();
        } catch (BlobRefusedException refused) {
            refuse(refused);
        } catch (IOException | RuntimeException failure) {
            failed(failure);
        }
    }

    @Override
    public synchronized void onError(Throwable failure) {
        cancelled();
    }

    private synchronized void cancelled() {
        if (!over) {
            LOG.info("a blob of host {} broke off after {} bytes", host, at);
            end();
        }
    }

    @Override
    public synchronized void breakOff(Status status, String why) {
        if (!over) {
            end();
            answers.onError(status.withDescription("cannot take it: " + why).asRuntimeException());
        }
    }

    private void refuse(BlobRefusedException refused) {
        LOG.warn("a blob of host {} is refused: {}", host, refused.getMessage());
        Status status =
                switch (refused.refusal()) {
                    case NOT_ASKED -> Status.PERMISSION_DENIED;
                    case NO_ROOM -> Status.RESOURCE_EXHAUSTED;
                    case WRONG -> Status.INVALID_ARGUMENT;
                };
        breakOff(status, String.valueOf(refused.getMessage()));
    }

    private void failed(Exception failure) {
        LOG.error("cannot keep a blob of host {}", host, failure);
        breakOff(Status.UNAVAILABLE, "the controller cannot keep it; its log says why");
    }

    private static BlobRefusedException wrong(String why) {
        return new BlobRefusedException(BlobRefusedException.Cause.WRONG, why);
    }

    private void end() {
        over = true;
        transfers.remove(host, this);
        // does nothing to what is kept
        incoming.ifPresent(BlobDesk.Incoming::discard);
    }
}
