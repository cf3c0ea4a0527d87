package io.davit.controller.agentlink;

import com.google.protobuf.ByteString;
import io.davit.common.HostId;
import io.davit.proto.agent.v1.ArtifactChunk;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends a file in chunks, as fast as the host takes them and no faster. */
final class ArtifactStream implements Transfer {

    private static final Logger LOG = LoggerFactory.getLogger(ArtifactStream.class);
    private static final int CHUNK = 64 << 10;

    private final HostId host;
    private final String sha256;
    private final FileChannel file;
    private final long size;
    private final long from;
    private final ServerCallStreamObserver<ArtifactChunk> stream;
    private final Transfers transfers;
    private long at;
    private boolean over;

    private ArtifactStream(
            HostId host,
            String sha256,
            FileChannel file,
            long from,
            ServerCallStreamObserver<ArtifactChunk> stream,
            Transfers transfers)
            throws IOException {
        this.host = host;
        this.sha256 = sha256;
        this.file = file;
        this.size = file.size();
        this.from = from;
        this.at = from;
        this.stream = stream;
        this.transfers = transfers;
    }

    static void start(
            HostId host,
            String sha256,
            Path path,
            long from,
            ServerCallStreamObserver<ArtifactChunk> stream,
            Transfers transfers)
            throws IOException {
        FileChannel file = FileChannel.open(path, StandardOpenOption.READ);
        var sending = new ArtifactStream(host, sha256, file, from, stream, transfers);
        transfers.add(host, sending);
        stream.setOnReadyHandler(sending::pump);
        stream.setOnCancelHandler(sending::cancelled);
        sending.pump();
    }

    private synchronized void pump() {
        try {
            while (!over && stream.isReady()) {
                if (at >= size) {
                    end("whole");
                    stream.onCompleted();
                    return;
                }
                var buffer = ByteBuffer.allocate((int) Math.min(CHUNK, size - at));
                file.read(buffer, at);
                buffer.flip();
                int length = buffer.remaining();
                stream.onNext(
                        ArtifactChunk.newBuilder()
                                .setOffset(at)
                                .setData(ByteString.copyFrom(buffer))
                                .setSizeBytes(size)
                                .build());
                at += length;
            }
        } catch (IOException e) {
            LOG.error("cannot read artifact {}", sha256, e);
            end("failed");
            stream.onError(
                    Status.INTERNAL
                            .withDescription("cannot read the artifact; see the controller's log")
                            .asRuntimeException());
        }
    }

    private synchronized void cancelled() {
        end("broken off");
    }

    /** Sends no more of it. */
    @Override
    public synchronized void breakOff(Status status, String why) {
        if (!over) {
            end("ended: " + why);
            stream.onError(status.withDescription(why).asRuntimeException());
        }
    }

    private void end(String how) {
        if (over) {
            return;
        }
        over = true;
        transfers.remove(host, this);
        // counted outside: tests add up these lines to see that nothing is sent twice
        LOG.info(
                "artifact {} to host {}: served {} bytes from offset {}, {}",
                sha256,
                host,
                at - from,
                from,
                how);
        try {
            file.close();
        } catch (IOException e) {
            LOG.warn("cannot close artifact {}: {}", sha256, e.getMessage());
        }
    }
}
