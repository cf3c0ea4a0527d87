package io.davit.controller.agentlink;

import java.util.List;

/**
 * Steps for one host, in order. Agents refuse a lower (epoch, operationSequence) than the highest
 * they have obeyed.
 */
public record Batch(
        String operationId, long epoch, long operationSequence, List<Command> commands) {

    public Batch {
        commands = List.copyOf(commands);
    }
}
