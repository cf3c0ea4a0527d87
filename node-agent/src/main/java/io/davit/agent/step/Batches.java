package io.davit.agent.step;

import io.davit.common.Names;
import io.davit.proto.agent.v1.ExecuteBatch;
import io.davit.proto.agent.v1.Step;
import java.util.HashSet;
import java.util.Optional;
import java.util.regex.Pattern;

/** What a batch must look like before any of it is accepted. */
final class Batches {

    private static final Pattern OPERATION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final Pattern STEP = Pattern.compile("[\\x21-\\x7e]{1,128}");
    private static final Pattern REIGN = Pattern.compile("|[0-9a-f]{32}");
    private static final int MOST_STEPS = 1_000;

    private Batches() {}

    /** Why it is malformed; empty if it is not. */
    static Optional<String> problem(ExecuteBatch batch) {
        if (!OPERATION.matcher(batch.getOperationId()).matches()) {
            return Optional.of("operation id \"" + Names.printable(batch.getOperationId()) + "\"");
        }
        if (!REIGN.matcher(batch.getReignId()).matches()) {
            return Optional.of("reign id \"" + Names.printable(batch.getReignId()) + "\"");
        }
        if (batch.getStepsCount() == 0 || batch.getStepsCount() > MOST_STEPS) {
            return Optional.of(
                    batch.getStepsCount() + " steps, 1 to " + MOST_STEPS + " are allowed");
        }
        var ids = new HashSet<String>();
        for (Step step : batch.getStepsList()) {
            String id = Names.printable(step.getStepId());
            if (!STEP.matcher(step.getStepId()).matches()) {
                return Optional.of("step id \"" + id + "\"");
            }
            if (!ids.add(step.getStepId())) {
                return Optional.of("step " + id + " stands there twice");
            }
            if (step.getAttempt() < 1) {
                return Optional.of("step " + id + ": attempts count from 1");
            }
            if (step.getKindCase() == Step.KindCase.KIND_NOT_SET) {
                return Optional.of("step " + id + " is of no kind that this agent knows");
            }
        }
        return Optional.empty();
    }
}
