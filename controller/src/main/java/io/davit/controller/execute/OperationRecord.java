package io.davit.controller.execute;

import io.davit.controller.plan.Blocker;
import io.davit.controller.plan.Consent;
import io.davit.controller.plan.Step;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * An operation as it is stored. Its steps are stored beside it, one by one.
 *
 * @param round how often it has planned; stored before a step of that plan is sent, so that a step
 *     and its round name one sending and agents can tell it from an earlier one
 * @param operator who asked for it
 * @param envelope what was approved
 * @param consent of the person who asked for it
 * @param outsideEnvelope the steps that parked it
 * @param causes all of them, when it did not end well
 */
public record OperationRecord(
        String id,
        String cluster,
        long generation,
        OperationState state,
        Envelope envelope,
        Consent consent,
        int round,
        String operator,
        Instant startedAt,
        Optional<Instant> endedAt,
        List<Blocker> causes,
        List<Step> outsideEnvelope) {

    public OperationRecord {
        causes = List.copyOf(causes);
        outsideEnvelope = List.copyOf(outsideEnvelope);
    }

    /** A new one, approved with a plan. */
    public static OperationRecord start(
            String id,
            String cluster,
            long generation,
            Envelope envelope,
            Consent consent,
            String operator,
            Instant now) {
        return new OperationRecord(
                id,
                cluster,
                generation,
                OperationState.RUNNING,
                envelope,
                consent,
                0,
                operator,
                now,
                Optional.empty(),
                List.of(),
                List.of());
    }

    public boolean allowDowntime() {
        return consent.downtime();
    }

    /** It plans once more. */
    OperationRecord nextRound() {
        return new OperationRecord(
                id,
                cluster,
                generation,
                state,
                envelope,
                consent,
                round + 1,
                operator,
                startedAt,
                endedAt,
                causes,
                outsideEnvelope);
    }

    /** It ended, or parked. */
    public OperationRecord ended(
            OperationState next, List<Blocker> why, List<Step> outside, Instant now) {
        return new OperationRecord(
                id,
                cluster,
                generation,
                next,
                envelope,
                consent,
                round,
                operator,
                startedAt,
                Optional.of(now),
                why,
                outside);
    }

    /** It runs again, with this envelope. */
    public OperationRecord running(Envelope approved) {
        return new OperationRecord(
                id,
                cluster,
                generation,
                OperationState.RUNNING,
                approved,
                consent,
                round,
                operator,
                startedAt,
                Optional.empty(),
                List.of(),
                List.of());
    }
}
