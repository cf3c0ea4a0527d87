package io.davit.controller.access;

import io.grpc.ForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;

/** A call that a timer may close while its handler answers: whoever comes second does nothing. */
final class ClosingOnce<Q, A> extends ForwardingServerCall.SimpleForwardingServerCall<Q, A> {

    private final Object lock = new Object();
    private boolean closed;
    private Runnable whenClosed = () -> {};

    ClosingOnce(ServerCall<Q, A> call) {
        super(call);
    }

    void whenClosed(Runnable action) {
        whenClosed = action;
    }

    @Override
    public void sendHeaders(Metadata headers) {
        synchronized (lock) {
            if (!closed) {
                super.sendHeaders(headers);
            }
        }
    }

    @Override
    public void sendMessage(A message) {
        synchronized (lock) {
            if (!closed) {
                super.sendMessage(message);
            }
        }
    }

    @Override
    public void close(Status status, Metadata trailers) {
        synchronized (lock) {
            if (closed) {
                return;
            }
            closed = true;
            super.close(status, trailers);
        }
        whenClosed.run();
    }
}
