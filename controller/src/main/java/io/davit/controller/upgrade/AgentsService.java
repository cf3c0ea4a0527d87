package io.davit.controller.upgrade;

import io.davit.controller.access.Answers;
import io.davit.controller.access.Peer;
import io.davit.proto.operator.v1.AgentsGrpc;
import io.davit.proto.operator.v1.AgentsUpgradeReply;
import io.davit.proto.operator.v1.CancelAgentsUpgradeRequest;
import io.davit.proto.operator.v1.ListAgentsRequest;
import io.davit.proto.operator.v1.ListAgentsResponse;
import io.davit.proto.operator.v1.UpgradeAgentsRequest;
import io.davit.proto.operator.v1.UpgradeAgentsResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;

/** The agents' builds, for operators. */
public final class AgentsService extends AgentsGrpc.AgentsImplBase {

    private final AgentUpgrades upgrades;
    private final AgentVersions versions;

    public AgentsService(AgentUpgrades upgrades, AgentVersions versions) {
        this.upgrades = upgrades;
        this.versions = versions;
    }

    @Override
    public void list(ListAgentsRequest request, StreamObserver<ListAgentsResponse> observer) {
        Answers.unary(
                observer,
                () -> {
                    var answer = versions.list();
                    upgrades.newest()
                            .map(UpgradeMessages::upgrade)
                            .ifPresent(answer::setNewestUpgrade);
                    return answer.build();
                });
    }

    @Override
    public void upgrade(
            UpgradeAgentsRequest request, StreamObserver<UpgradeAgentsResponse> observer) {
        var actor = Peer.current().actor();
        Answers.unary(
                observer,
                () -> {
                    var wish =
                            new AgentUpgrades.Wish(
                                    request.getHostsList(),
                                    request.getVersion(),
                                    request.getAgain());
                    var answer = UpgradeAgentsResponse.newBuilder();
                    try {
                        switch (request.getDryRun()
                                ? upgrades.plan(wish)
                                : upgrades.begin(actor, wish)) {
                            case AgentUpgrades.Refused refused ->
                                    refused.why()
                                            .forEach(why ->
                                                    answer.addRefused(
                                                            UpgradeMessages.blocker(why)));
                            case AgentUpgrades.NothingToDo _ -> {
                                // neither an upgrade nor a refusal
                            }
                            case AgentUpgrades.Accepted accepted ->
                                    answer.setUpgrade(UpgradeMessages.upgrade(accepted.view()));
                        }
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        throw Answers.refusal(Status.CANCELLED, "the call was ended");
                    }
                    return answer.build();
                });
    }

    @Override
    public void cancel(
            CancelAgentsUpgradeRequest request, StreamObserver<AgentsUpgradeReply> observer) {
        var actor = Peer.current().actor();
        Answers.unary(
                observer,
                () ->
                        AgentsUpgradeReply.newBuilder()
                                .setUpgrade(
                                        upgrades.cancel(actor)
                                                .map(UpgradeMessages::upgrade)
                                                .orElseThrow(() ->
                                                        Answers.refusal(
                                                                Status.FAILED_PRECONDITION,
                                                                "cannot cancel: no upgrade of"
                                                                        + " agents runs")))
                                .build());
    }
}
