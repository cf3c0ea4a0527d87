package io.davit.agent.step;

/** The step being worked on. */
public record RunningStep(String operationId, String stepId, int attempt) {}
