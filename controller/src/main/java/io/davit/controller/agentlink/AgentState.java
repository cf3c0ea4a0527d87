package io.davit.controller.agentlink;

import io.davit.controller.agentlink.AgentBuilds.Ended;
import io.davit.controller.agentlink.AgentBuilds.Progress;
import io.davit.proto.agent.v1.EndedUpgrade;
import io.davit.proto.agent.v1.Hello;
import io.davit.proto.agent.v1.UpgradeProgress;
import java.util.Optional;

/**
 * What a session says of the agent's own build.
 *
 * @param sinceNanos when the session began
 */
record AgentState(
        String version,
        String build,
        boolean onTrial,
        Optional<Ended> last,
        Optional<Progress> progress,
        long sinceNanos) {

    static final AgentState UNKNOWN =
            new AgentState("", "", false, Optional.empty(), Optional.empty(), 0);

    private static final int MOST_LOG_LINES = 40;

    /** A session begins; what was said of an order is remembered from the one before. */
    AgentState greeted(Hello hello, long nowNanos) {
        return new AgentState(
                FromWire.text(hello.getAgentVersion()),
                FromWire.text(hello.getBuild()),
                hello.getOnTrial(),
                hello.hasLastUpgrade()
                        ? Optional.of(ended(hello.getLastUpgrade()))
                        : Optional.empty(),
                progress,
                nowNanos);
    }

    private static Ended ended(EndedUpgrade wire) {
        return new Ended(
                FromWire.text(wire.getOrderId()),
                FromWire.text(wire.getToBuild()),
                wire.getCommitted(),
                FromWire.text(wire.getCode()),
                FromWire.text(wire.getWhy()),
                wire.getLogLinesList().stream().limit(MOST_LOG_LINES).map(FromWire::text).toList());
    }

    AgentState ordered() {
        return new AgentState(version, build, onTrial, last, Optional.empty(), sinceNanos);
    }

    AgentState told(UpgradeProgress wire) {
        String order = FromWire.text(wire.getOrderId());
        return switch (wire.getStateCase()) {
            case DOING -> with(new AgentBuilds.Doing(order, FromWire.text(wire.getDoing())));
            case REFUSED ->
                    with(
                            new AgentBuilds.NotFollowed(
                                    order,
                                    FromWire.text(wire.getRefused().getCode()),
                                    FromWire.text(wire.getRefused().getWhy()),
                                    FromWire.text(wire.getRefused().getRemedy())));
            case COMMITTED ->
                    new AgentState(
                            version,
                            build,
                            onTrial && !FromWire.text(wire.getBuild()).equals(build),
                            last,
                            progress,
                            sinceNanos);
            case STATE_NOT_SET -> this;
        };
    }

    private AgentState with(Progress next) {
        return new AgentState(version, build, onTrial, last, Optional.of(next), sinceNanos);
    }
}
