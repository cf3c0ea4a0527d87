package io.davit.controller.upgrade;

import io.davit.controller.access.Answers;
import io.davit.controller.plan.Blocker;
import io.davit.proto.operator.v1.AgentPackage;
import io.davit.proto.operator.v1.AgentsUpgrade;
import io.davit.proto.operator.v1.UpgradedHost;

/** Upgrades as operators are told of them. */
public final class UpgradeMessages {

    private UpgradeMessages() {}

    static AgentsUpgrade upgrade(AgentUpgrades.View view) {
        var upgrade = view.upgrade();
        var message =
                AgentsUpgrade.newBuilder()
                        .setId(upgrade.id())
                        .setVersion(upgrade.version())
                        .setState(
                                switch (upgrade.state()) {
                                    case RUNNING, CANCELLING -> "running";
                                    case DONE -> "done";
                                    case FAILED -> "failed";
                                    case INCOMPLETE -> "incomplete";
                                    case CANCELLED -> "cancelled";
                                })
                        .setOperator(upgrade.operator())
                        .setStartedAt(Answers.timestamp(upgrade.startedAt()))
                        .setWaitsFor(view.waitsFor());
        upgrade.endedAt().map(Answers::timestamp).ifPresent(message::setEndedAt);
        upgrade.causes().forEach(cause -> message.addCauses(blocker(cause)));
        view.hosts().forEach(host -> message.addHosts(host(host)));
        return message.build();
    }

    private static UpgradedHost host(HostUpgrade host) {
        var message =
                UpgradedHost.newBuilder()
                        .setHostId(host.hostId())
                        .setName(host.shown())
                        .setBatch(host.batch() + 1)
                        .setFromVersion(host.fromVersion())
                        .setFromBuild(host.fromBuild())
                        .setToBuild(host.target().build())
                        .setState(
                                switch (host.state()) {
                                    case WAITING -> "waiting";
                                    case SENT -> "upgrading";
                                    case DONE -> "done";
                                    case RETURNED -> "returned";
                                    case REFUSED -> "refused";
                                    case LOST -> "lost";
                                    case AWAY -> "away";
                                })
                        .setDetail(host.detail())
                        .addAllLogLines(host.logLines());
        host.startedAt().map(Answers::timestamp).ifPresent(message::setStartedAt);
        host.endedAt().map(Answers::timestamp).ifPresent(message::setEndedAt);
        return message.build();
    }

    static io.davit.proto.operator.v1.Blocker blocker(Blocker why) {
        return io.davit.proto.operator.v1.Blocker.newBuilder()
                .setHost(why.host())
                .setCause(why.cause())
                .setRemedy(why.remedy())
                .build();
    }

    /** An archive that hosts may be upgraded to. */
    public static AgentPackage of(io.davit.controller.upgrade.AgentPackage each) {
        return AgentPackage.newBuilder()
                .setVersion(each.version())
                .setBuild(each.build())
                .setArch(each.arch())
                .setSha256(each.sha256())
                .setSizeBytes(each.sizeBytes())
                .setOwn(each.own())
                .build();
    }
}
