package io.davit.controller.serve;

import io.davit.controller.access.Answers;
import io.davit.proto.agent.v1.Protocol;
import io.davit.proto.operator.v1.AgentCount;
import io.davit.proto.operator.v1.ControllerGrpc;
import io.davit.proto.operator.v1.VersionRequest;
import io.davit.proto.operator.v1.VersionResponse;
import io.grpc.stub.StreamObserver;
import java.time.Clock;
import java.util.List;
import java.util.function.Supplier;

/** What operators ask of the controller itself. */
final class ControllerService extends ControllerGrpc.ControllerImplBase {

    private final long epoch;
    private final Clock clock;

    private final Supplier<List<AgentCount>> agents;

    ControllerService(long epoch, Clock clock, Supplier<List<AgentCount>> agents) {
        this.epoch = epoch;
        this.clock = clock;
        this.agents = agents;
    }

    @Override
    public void version(VersionRequest request, StreamObserver<VersionResponse> observer) {
        Answers.unary(
                observer,
                () ->
                        VersionResponse.newBuilder()
                                .setVersion(Version.current())
                                .setProtocol(Protocol.PROTOCOL_CURRENT_VALUE)
                                .setEpoch(epoch)
                                .setNow(Answers.timestamp(clock.instant()))
                                .addAllAgents(agents.get())
                                .build());
    }
}
