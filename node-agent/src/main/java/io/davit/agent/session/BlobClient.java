package io.davit.agent.session;

import com.google.protobuf.ByteString;
import io.davit.agent.link.Failures;
import io.davit.agent.step.BlobSink;
import io.davit.proto.agent.v1.AgentGatewayGrpc;
import io.davit.proto.agent.v1.BlobChunk;
import io.davit.proto.agent.v1.BlobHead;
import io.davit.proto.agent.v1.BlobReceipt;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends files to the controller, over the connection of the session. A chunk goes out only while
 * the connection takes it, so that one is in memory; silence ends it.
 */
final class BlobClient implements BlobSink {

    private static final int CHUNK = 64 << 10;

    private final Supplier<Optional<Channel>> channel;
    private final Duration longestSilence;

    BlobClient(Supplier<Optional<Channel>> channel, Duration longestSilence) {
        this.channel = channel;
        this.longestSilence = longestSilence;
    }

    @Override
    public void put(BlobHead head, Path file, Duration deadline, LongConsumer sent)
            throws IOException, RefusedException, InterruptedException {
        var to =
                channel.get()
                        .orElseThrow(
                                () -> new IOException("there is no session with a controller"));
        var call =
                to.newCall(
                        AgentGatewayGrpc.getPutBlobMethod(),
                        CallOptions.DEFAULT.withDeadlineAfter(
                                deadline.toMillis(), TimeUnit.MILLISECONDS));
        var upload = new Upload(call);
        try (InputStream in = Files.newInputStream(file)) {
            upload.start();
            upload.send(BlobChunk.newBuilder().setHead(head).build());
            long at = 0;
            for (byte[] data = in.readNBytes(CHUNK); data.length > 0; data = in.readNBytes(CHUNK)) {
                upload.send(
                        BlobChunk.newBuilder()
                                .setOffset(at)
                                .setData(ByteString.copyFrom(data))
                                .build());
                at += data.length;
                sent.accept(at);
            }
            upload.finish();
        } finally {
            // does nothing after its end
            call.cancel("not needed any longer", null);
        }
    }

    private final class Upload extends ClientCall.Listener<BlobReceipt> {

        private final ClientCall<BlobChunk, BlobReceipt> call;

        /** One permit for each time that something happened: it takes more, or is over. */
        private final Semaphore news = new Semaphore(0);

        private volatile @Nullable Status end;
        private volatile boolean receipt;

        Upload(ClientCall<BlobChunk, BlobReceipt> call) {
            this.call = call;
        }

        void start() {
            call.start(this, new Metadata());
            call.request(2);
        }

        @Override
        public void onReady() {
            news.release();
        }

        @Override
        public void onMessage(BlobReceipt message) {
            receipt = true;
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            end = status;
            news.release();
        }

        void send(BlobChunk chunk) throws IOException, RefusedException, InterruptedException {
            while (end == null && !call.isReady()) {
                awaitNews("takes nothing more");
            }
            if (end != null) {
                throw ended();
            }
            call.sendMessage(chunk);
        }

        void finish() throws IOException, RefusedException, InterruptedException {
            call.halfClose();
            while (end == null) {
                awaitNews("does not say that it has all of it");
            }
            if (!receipt || end == null || !end.isOk()) {
                throw ended();
            }
        }

        private void awaitNews(String otherwise) throws IOException, InterruptedException {
            if (!news.tryAcquire(longestSilence.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException(
                        "the controller %s for %d s"
                                .formatted(otherwise, longestSilence.toSeconds()));
            }
        }

        /** Only what the controller has decided is not worth another try. */
        private IOException ended() throws RefusedException {
            Status status = end == null || end.isOk() ? Status.UNKNOWN : end;
            String why = Failures.why(status.asRuntimeException());
            switch (status.getCode()) {
                case RESOURCE_EXHAUSTED -> throw new RefusedException(why, true);
                case INVALID_ARGUMENT, UNIMPLEMENTED -> throw new RefusedException(why, false);
                default -> {}
            }
            return new IOException("it broke off: " + why);
        }
    }
}
