package io.davit.controller.agentlink;

import io.davit.common.HostId;
import io.davit.controller.plan.AgentWork.RemoveRole;
import java.util.List;
import java.util.Optional;

/**
 * What a host that was given up may be told: to end a role of its own, and nothing else. Asked
 * where commands leave the controller, whoever sends them.
 */
final class RetiredHost {

    private RetiredHost() {}

    /** Why these may not be sent to it; empty: they may. */
    static Optional<String> refuses(HostId host, List<Command> commands) {
        return commands.stream()
                .filter(command -> !wipes(host, command))
                .findFirst()
                .map(command ->
                        "host %s is retired: it may be told to end a role of its own, not %s"
                                .formatted(host, command.work().kind()));
    }

    private static boolean wipes(HostId host, Command command) {
        return command.work() instanceof RemoveRole remove
                && remove.host().id().equals(host.value())
                && !remove.wholeCluster();
    }
}
