package io.davit.agent.step;

import io.davit.agent.health.Etcd;
import io.davit.agent.profile.Unit;
import io.davit.agent.system.HostSystem;
import io.davit.common.QuorumGuard;
import java.io.IOException;
import java.time.Duration;

/**
 * Asks, right before a running etcd is stopped or restarted, all members on their own endpoints,
 * and has the quorum guard judge. What cannot be read counts against acting, unless this member
 * itself serves nothing.
 */
final class EtcdGuard {

    private static final Duration DEADLINE = Duration.ofSeconds(5);

    private final Etcd etcd;

    EtcdGuard(HostSystem system) {
        this.etcd = new Etcd(system.files(), system.processes());
    }

    /**
     * @throws StepEnded blocked, if the guard refuses, or asks for a consent that was not given
     */
    void ask(QuorumGuard.Action action, Unit unit, boolean allowDowntime)
            throws StepEnded, InterruptedException {
        if (unit.guard() == Unit.Guard.NONE) {
            return;
        }
        String doing = action == QuorumGuard.Action.RESTART ? "restart" : "stop";
        switch (verdict(action)) {
            case QuorumGuard.Allowed _ -> {
                // goes on
            }
            case QuorumGuard.AllowedWithDowntime downtime -> {
                if (!allowDowntime) {
                    throw StepEnded.blocked(
                            "cannot %s %s: %s".formatted(doing, unit.name(), downtime.why()),
                            "allow the downtime with --allow-downtime");
                }
            }
            case QuorumGuard.Refused refused ->
                    throw StepEnded.blocked(
                            "cannot %s %s: %s".formatted(doing, unit.name(), refused.why()),
                            "bring the other members up first");
        }
    }

    private QuorumGuard.Verdict verdict(QuorumGuard.Action action) throws InterruptedException {
        try {
            var reading = etcd.reading(DEADLINE);
            return QuorumGuard.mayTouch(action, reading.ownId(), reading.members(), false);
        } catch (IOException e) {
            return etcd.servesHere(DEADLINE)
                    ? new QuorumGuard.Refused("the members cannot be read (" + e.getMessage() + ")")
                    : new QuorumGuard.Allowed("it serves nothing now");
        }
    }
}
