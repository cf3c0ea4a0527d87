package io.davit.controller.agentlink;

import io.davit.common.Secret;
import io.davit.controller.plan.AgentWork;
import java.time.Duration;
import java.util.Optional;

/**
 * A step as it is sent: everything that a plan only refers to is filled in.
 *
 * @param stepId unique within its operation
 * @param attempt counts from 1; higher when it is sent again
 * @param work every {@code Ref} in it is {@code Known}
 * @param body of a WriteFile only
 */
public record Command(
        String stepId,
        int attempt,
        String role,
        String reason,
        Duration deadline,
        AgentWork work,
        Optional<Body> body) {

    /** What a WriteFile brings. */
    public sealed interface Body {}

    /** The bytes themselves, at most 256 KiB. */
    public record Bytes(Secret content) implements Body {}

    /** In a CHECK of a secret slot: only the slot digest that the content would have. */
    public record DigestOnly(String digest) implements Body {}
}
