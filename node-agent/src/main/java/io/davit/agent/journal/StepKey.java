package io.davit.agent.journal;

/** What a result is deduplicated by. */
public record StepKey(String operationId, String stepId, int attempt) {

    @Override
    public String toString() {
        return operationId + " " + stepId + " #" + attempt;
    }
}
