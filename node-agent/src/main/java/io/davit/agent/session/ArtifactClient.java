package io.davit.agent.session;

import io.davit.agent.link.Failures;
import io.davit.agent.step.ArtifactSource;
import io.davit.proto.agent.v1.AgentGatewayGrpc;
import io.davit.proto.agent.v1.ArtifactChunk;
import io.davit.proto.agent.v1.FetchArtifactRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Reads published files from the controller, over the connection of the session. One chunk is asked
 * for when one was read, so that at most two are in memory; silence ends the read.
 */
final class ArtifactClient implements ArtifactSource {

    private final Supplier<Optional<Channel>> channel;
    private final Duration longestSilence;

    ArtifactClient(Supplier<Optional<Channel>> channel, Duration longestSilence) {
        this.channel = channel;
        this.longestSilence = longestSilence;
    }

    @Override
    public InputStream open(String sha256, long offset) throws IOException {
        var to =
                channel.get()
                        .orElseThrow(
                                () -> new IOException("there is no session with a controller"));
        var stream =
                new ChunkStream(
                        to.newCall(AgentGatewayGrpc.getFetchArtifactMethod(), CallOptions.DEFAULT),
                        offset,
                        longestSilence);
        stream.start(FetchArtifactRequest.newBuilder().setSha256(sha256).setOffset(offset).build());
        return stream;
    }

    private sealed interface Event {
        record Chunk(ArtifactChunk chunk) implements Event {}

        record End(Status status) implements Event {}
    }

    private static final class ChunkStream extends InputStream {

        private final ClientCall<FetchArtifactRequest, ArtifactChunk> call;
        private final Duration longestSilence;

        /** Two chunks and the end at most: no more than one is asked for ahead. */
        private final BlockingQueue<Event> events = new ArrayBlockingQueue<>(4);

        private long offset;
        private byte[] current = new byte[0];
        private int at;
        private boolean ended;

        ChunkStream(
                ClientCall<FetchArtifactRequest, ArtifactChunk> call,
                long offset,
                Duration longestSilence) {
            this.call = call;
            this.offset = offset;
            this.longestSilence = longestSilence;
        }

        void start(FetchArtifactRequest request) {
            call.start(
                    new ClientCall.Listener<>() {
                        @Override
                        public void onMessage(ArtifactChunk chunk) {
                            arrived(new Event.Chunk(chunk));
                        }

                        @Override
                        public void onClose(Status status, Metadata trailers) {
                            arrived(new Event.End(status));
                        }
                    },
                    new Metadata());
            call.request(2);
            call.sendMessage(request);
            call.halfClose();
        }

        private void arrived(Event event) {
            if (!events.offer(event)) {
                call.cancel("more chunks than asked for", null);
            }
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int from, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            while (at == current.length) {
                if (ended || !nextChunk()) {
                    ended = true;
                    return -1;
                }
            }
            int count = Math.min(length, current.length - at);
            System.arraycopy(current, at, into, from, count);
            at += count;
            return count;
        }

        private boolean nextChunk() throws IOException {
            return switch (await()) {
                case Event.Chunk(ArtifactChunk chunk) -> {
                    if (chunk.getOffset() != offset) {
                        throw new IOException(
                                "the controller sent offset %d where %d was next"
                                        .formatted(chunk.getOffset(), offset));
                    }
                    current = chunk.getData().toByteArray();
                    at = 0;
                    offset += current.length;
                    call.request(1);
                    yield true;
                }
                case Event.End(Status status) -> {
                    if (!status.isOk()) {
                        throw new IOException(
                                "the controller broke off: "
                                        + Failures.why(status.asRuntimeException()));
                    }
                    yield false;
                }
            };
        }

        private Event await() throws IOException {
            try {
                var event = events.poll(longestSilence.toMillis(), TimeUnit.MILLISECONDS);
                if (event == null) {
                    throw new IOException(
                            "the controller sent nothing for " + longestSilence.toSeconds() + " s");
                }
                return event;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while fetching", e);
            }
        }

        @Override
        public void close() {
            call.cancel("not needed any longer", null);
        }
    }
}
