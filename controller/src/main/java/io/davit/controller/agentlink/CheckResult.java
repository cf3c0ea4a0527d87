package io.davit.controller.agentlink;

import java.util.List;

/**
 * An agent's answer to the CHECK of one step. It adds exactness; it never decides whether to act.
 */
public sealed interface CheckResult {

    String stepId();

    record Unchanged(String stepId) implements CheckResult {}

    /**
     * @param change one line for people
     * @param diff unified, secrets masked; may be empty
     * @param deferred what could not be checked before earlier steps are really done
     */
    record WouldChange(
            String stepId, String change, String diff, List<String> deferred, boolean restarts)
            implements CheckResult {
        public WouldChange {
            deferred = List.copyOf(deferred);
        }
    }

    record CannotTell(String stepId, String why, String remedy) implements CheckResult {}
}
