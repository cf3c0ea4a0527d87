package io.davit.agent.session;

import com.google.protobuf.ByteString;
import io.davit.agent.step.CertificateIssuer;
import io.davit.proto.agent.v1.AgentMessage;
import io.davit.proto.agent.v1.CertificateReply;
import io.davit.proto.agent.v1.CertificateRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Requests for certificates that running steps wait for. They outlive a connection: after each
 * Welcome the open ones are sent again, the first answer counts.
 */
final class CertificateDesk implements CertificateIssuer {

    private record Open(AgentMessage request, CompletableFuture<CertificateReply> reply) {}

    private final ConcurrentHashMap<Long, Open> open = new ConcurrentHashMap<>();
    private final AtomicLong lastId = new AtomicLong();
    private final Consumer<AgentMessage> sender;

    /**
     * @param sender sends if there is a connection, else does nothing
     */
    CertificateDesk(Consumer<AgentMessage> sender) {
        this.sender = sender;
    }

    @Override
    public String request(
            String operationId, String stepId, int attempt, byte[] csr, Duration deadline)
            throws IOException, RefusedException, InterruptedException {
        long id = lastId.incrementAndGet();
        var message =
                AgentMessage.newBuilder()
                        .setCertificateRequest(
                                CertificateRequest.newBuilder()
                                        .setRequestId(id)
                                        .setOperationId(operationId)
                                        .setStepId(stepId)
                                        .setAttempt(attempt)
                                        .setCsr(ByteString.copyFrom(csr)))
                        .build();
        var waiting = new Open(message, new CompletableFuture<>());
        open.put(id, waiting);
        try {
            sender.accept(message);
            var reply = waiting.reply().get(deadline.toMillis(), TimeUnit.MILLISECONDS);
            if (reply.getStepUnknown()) {
                throw new IOException("the controller knows of no such step: " + reply.getError());
            }
            if (!reply.getError().isEmpty()) {
                throw new RefusedException(reply.getError());
            }
            return reply.getCertificateChainPem();
        } catch (TimeoutException e) {
            throw new IOException(
                    "the controller did not answer a certificate request within "
                            + deadline.toSeconds()
                            + " s",
                    e);
        } catch (ExecutionException e) {
            throw new IOException("cannot ask for a certificate: " + e.getCause(), e);
        } finally {
            open.remove(id);
        }
    }

    /** The requests that wait, for a new connection. */
    List<AgentMessage> open() {
        return open.values().stream().map(Open::request).toList();
    }

    void answered(CertificateReply reply) {
        var waiting = open.get(reply.getRequestId());
        if (waiting != null) {
            waiting.reply().complete(reply);
        }
    }
}
