package io.davit.controller.serve;

import io.davit.controller.access.Answers;
import io.davit.controller.access.Operators;
import io.davit.controller.access.Peer;
import io.davit.controller.agentlink.GrpcAgents;
import io.davit.controller.pki.ControllerPki;
import io.davit.controller.upgrade.AgentPackages;
import io.davit.controller.upgrade.UpgradeMessages;
import io.davit.proto.operator.v1.ImportAgentRequest;
import io.davit.proto.operator.v1.ImportAgentResponse;
import io.davit.proto.operator.v1.LocalGrpc;
import io.davit.proto.operator.v1.LocalStatusRequest;
import io.davit.proto.operator.v1.LocalStatusResponse;
import io.davit.proto.operator.v1.NewAdminRequest;
import io.davit.proto.operator.v1.NewAdminResponse;
import io.grpc.stub.StreamObserver;

/** What root on the controller's host may do: the way to a first admin. */
final class LocalService extends LocalGrpc.LocalImplBase {

    private final Operators operators;
    private final ControllerPki pki;
    private final GrpcAgents agents;
    private final AgentPackages packages;
    private final long epoch;
    private final String mode;
    private final String operatorAddress;

    LocalService(
            Operators operators,
            ControllerPki pki,
            GrpcAgents agents,
            AgentPackages packages,
            long epoch,
            String mode,
            String operatorAddress) {
        this.operators = operators;
        this.pki = pki;
        this.agents = agents;
        this.packages = packages;
        this.epoch = epoch;
        this.mode = mode;
        this.operatorAddress = operatorAddress;
    }

    @Override
    public void newAdmin(NewAdminRequest request, StreamObserver<NewAdminResponse> observer) {
        Answers.unary(
                observer,
                () -> {
                    Operators.Credential made =
                            operators.newAdmin(request.getName(), Peer.current().actor());
                    return NewAdminResponse.newBuilder()
                            .setPrivateKeyPem(made.privateKeyPem().revealText())
                            .setCertificateChainPem(made.certificate().pem())
                            .setCaBundlePem(pki.caBundlePem())
                            .setAddress(operatorAddress)
                            .setNotAfter(Answers.timestamp(made.certificate().notAfter()))
                            .build();
                });
    }

    @Override
    public void importAgent(
            ImportAgentRequest request, StreamObserver<ImportAgentResponse> observer) {
        Answers.unary(
                observer,
                () ->
                        ImportAgentResponse.newBuilder()
                                .setAgent(
                                        UpgradeMessages.of(
                                                packages.take(
                                                        Peer.current().actor(),
                                                        request.getSha256())))
                                .build());
    }

    @Override
    public void status(LocalStatusRequest request, StreamObserver<LocalStatusResponse> observer) {
        Answers.unary(
                observer,
                () ->
                        LocalStatusResponse.newBuilder()
                                .setVersion(Version.current())
                                .setEpoch(epoch)
                                .setConnectedHosts(agents.connected())
                                .setMode(mode)
                                .build());
    }
}
