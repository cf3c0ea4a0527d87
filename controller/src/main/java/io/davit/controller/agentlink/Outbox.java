package io.davit.controller.agentlink;

import io.davit.proto.agent.v1.ControllerMessage;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What waits to be sent to one agent. Nothing is given to the transport before it is ready for
 * more, and the queue is bounded: an agent that does not read loses its session, not our memory.
 */
final class Outbox {

    private static final int MOST_WAITING = 256;

    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<ControllerMessage> waiting = new ArrayDeque<>();
    private final ServerCallStreamObserver<ControllerMessage> stream;
    private boolean closed;

    Outbox(ServerCallStreamObserver<ControllerMessage> stream) {
        this.stream = stream;
    }

    /**
     * Sends, or queues.
     *
     * @return false if the session has ended, or ended by this
     */
    boolean send(ControllerMessage message) {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            if (waiting.size() >= MOST_WAITING) {
                close(
                        Status.RESOURCE_EXHAUSTED.withDescription(
                                "the agent does not read its messages"));
                return false;
            }
            waiting.add(message);
            drain();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Called whenever the transport can take more. */
    void drain() {
        lock.lock();
        try {
            while (!closed && !waiting.isEmpty() && stream.isReady()) {
                stream.onNext(waiting.remove());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends the stream with this status; the second time nothing happens. */
    void close(Status status) {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            waiting.clear();
            if (!stream.isCancelled()) {
                if (status.isOk()) {
                    stream.onCompleted();
                } else {
                    stream.onError(status.asRuntimeException());
                }
            }
        } finally {
            lock.unlock();
        }
    }
}
