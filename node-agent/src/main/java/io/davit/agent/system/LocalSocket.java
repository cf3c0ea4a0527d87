package io.davit.agent.system;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A service's unix socket that answers one line and closes. */
public final class LocalSocket {

    private static final int ANSWER_LIMIT = 256 * 1024;

    private LocalSocket() {}

    /**
     * Sends one line and reads the answer to its end.
     *
     * @throws IOException if nobody listens, or there is no whole answer before the deadline
     */
    public static String ask(Path socket, String line, Duration deadline)
            throws IOException, InterruptedException {
        try (var thread = Executors.newVirtualThreadPerTaskExecutor()) {
            var answer = thread.submit(() -> ask(socket, line));
            try {
                return answer.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                answer.cancel(true);
                throw new IOException(
                        "%s gave no answer within %d s"
                                .formatted(socket.getFileName(), deadline.toSeconds()),
                        e);
            } catch (ExecutionException e) {
                throw new IOException(
                        "cannot ask %s: %s"
                                .formatted(socket.getFileName(), String.valueOf(e.getMessage())),
                        e);
            }
        }
    }

    private static String ask(Path socket, String line) throws IOException {
        try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            var out = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.US_ASCII));
            while (out.hasRemaining()) {
                channel.write(out);
            }
            channel.shutdownOutput();
            var answer = new ByteArrayOutputStream();
            var buffer = ByteBuffer.allocate(4096);
            while (answer.size() < ANSWER_LIMIT && channel.read(buffer) >= 0) {
                answer.write(buffer.array(), 0, buffer.position());
                buffer.clear();
            }
            return answer.toString(StandardCharsets.UTF_8);
        }
    }
}
