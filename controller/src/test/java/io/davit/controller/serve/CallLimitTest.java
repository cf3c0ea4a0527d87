package io.davit.controller.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.proto.operator.v1.ControllerGrpc;
import io.davit.proto.operator.v1.VersionRequest;
import io.davit.proto.operator.v1.VersionResponse;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CallLimitTest {

    private final BlockingQueue<StreamObserver<VersionResponse>> held = new LinkedBlockingQueue<>();
    private Server server;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws Exception {
        String name = InProcessServerBuilder.generateName();
        server =
                InProcessServerBuilder.forName(name)
                        .intercept(new CallLimit(1))
                        .addService(
                                new ControllerGrpc.ControllerImplBase() {
                                    @Override
                                    public void version(
                                            VersionRequest request,
                                            StreamObserver<VersionResponse> observer) {
                                        held.add(observer);
                                    }
                                })
                        .build()
                        .start();
        channel = InProcessChannelBuilder.forName(name).build();
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.shutdownNow();
    }

    private StreamObserver<VersionResponse> taken() throws InterruptedException {
        StreamObserver<VersionResponse> observer = held.poll(10, TimeUnit.SECONDS);
        assertThat(observer).isNotNull();
        return java.util.Objects.requireNonNull(observer);
    }

    @Test
    void oneMoreThanTheLimitIsRefusedAtOnceAndAPlaceIsFreeAgainAfterAnAnswerOrABreak()
            throws Exception {
        var first =
                ControllerGrpc.newFutureStub(channel).version(VersionRequest.getDefaultInstance());
        var holding = taken();
        assertThat(code()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        holding.onNext(VersionResponse.getDefaultInstance());
        holding.onCompleted();
        first.get(10, TimeUnit.SECONDS);

        var second =
                ControllerGrpc.newFutureStub(channel).version(VersionRequest.getDefaultInstance());
        taken();
        second.cancel(true);
        org.awaitility.Awaitility.await()
                .atMost(java.time.Duration.ofSeconds(10))
                .until(() -> {
                    var third =
                            ControllerGrpc.newFutureStub(channel)
                                    .withDeadlineAfter(200, TimeUnit.MILLISECONDS)
                                    .version(VersionRequest.getDefaultInstance());
                    boolean admitted = held.poll(150, TimeUnit.MILLISECONDS) != null;
                    third.cancel(true);
                    return admitted;
                });
    }

    private Status.Code code() {
        try {
            ControllerGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(10, TimeUnit.SECONDS)
                    .version(VersionRequest.getDefaultInstance());
            return Status.Code.OK;
        } catch (StatusRuntimeException e) {
            return e.getStatus().getCode();
        }
    }
}
