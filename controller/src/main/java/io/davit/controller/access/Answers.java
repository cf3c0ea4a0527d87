package io.davit.controller.access;

import com.google.protobuf.Timestamp;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.time.Instant;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers a unary call; what goes wrong inside is logged here and told to the peer in general. Also
 * the small pieces that all answers are made of.
 */
public final class Answers {

    private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

    private Answers() {}

    /**
     * Answers with what the supplier returns.
     *
     * @param work throws {@link StatusRuntimeException} for what the peer is to be told
     */
    public static <A> void unary(StreamObserver<A> observer, Supplier<A> work) {
        A answer;
        try {
            answer = work.get();
        } catch (StatusRuntimeException refused) {
            observer.onError(refused);
            return;
        } catch (RuntimeException failure) {
            LOG.error("cannot answer a call of {}", Peer.current().name(), failure);
            observer.onError(
                    Status.INTERNAL
                            .withDescription("the controller failed; its log says why")
                            .asRuntimeException());
            return;
        }
        observer.onNext(answer);
        observer.onCompleted();
    }

    /** A point in time, as messages carry it. */
    public static Timestamp timestamp(Instant at) {
        return Timestamp.newBuilder()
                .setSeconds(at.getEpochSecond())
                .setNanos(at.getNano())
                .build();
    }

    /** A refusal with "cannot VERB OBJECT: cause" as its text. */
    public static StatusRuntimeException refusal(Status status, String message) {
        return status.withDescription(message).asRuntimeException();
    }
}
