package io.davit.controller.plan;

/** An identity that a step needs: known now, or the output of an earlier step. */
public sealed interface Ref {

    /** Known while planning. The only kind that a destructive step accepts. */
    record Known(String id) implements Ref {}

    /** Known after another step of this plan. */
    record OutputOf(String stepId) implements Ref {}
}
