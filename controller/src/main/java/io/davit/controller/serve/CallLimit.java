package io.davit.controller.serve;

import io.grpc.ForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Bounds how many unary calls are served at once; one more is answered RESOURCE_EXHAUSTED instead
 * of waiting. Streams are bounded by the number of connections and the calls on each.
 */
final class CallLimit implements ServerInterceptor {

    private final Semaphore free;

    CallLimit(int callsAtOnce) {
        this.free = new Semaphore(callsAtOnce);
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> handler) {
        if (call.getMethodDescriptor().getType() != MethodDescriptor.MethodType.UNARY) {
            return handler.startCall(call, headers);
        }
        if (!free.tryAcquire()) {
            call.close(
                    Status.RESOURCE_EXHAUSTED.withDescription(
                            "cannot serve the call: too many at once; try again in a moment"),
                    new Metadata());
            return new ServerCall.Listener<>() {};
        }
        var release = new Release();
        var counted =
                new ForwardingServerCall.SimpleForwardingServerCall<Q, A>(call) {
                    @Override
                    public void close(Status status, Metadata trailers) {
                        release.once();
                        super.close(status, trailers);
                    }
                };
        return new io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener<Q>(
                handler.startCall(counted, headers)) {
            @Override
            public void onCancel() {
                release.once();
                super.onCancel();
            }

            @Override
            public void onComplete() {
                release.once();
                super.onComplete();
            }
        };
    }

    private final class Release {
        private final AtomicBoolean done = new AtomicBoolean();

        void once() {
            if (done.compareAndSet(false, true)) {
                free.release();
            }
        }
    }
}
