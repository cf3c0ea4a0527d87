package io.davit.agent.step;

import com.google.protobuf.Duration;
import io.davit.proto.agent.v1.Blocked;
import io.davit.proto.agent.v1.Failed;
import io.davit.proto.agent.v1.Outcome;
import io.davit.proto.agent.v1.Retry;
import java.util.List;

/** A step cannot go on: the outcome says what is to be done about it, and by whom. */
final class StepEnded extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Outcome outcome;

    private StepEnded(String why, Outcome outcome) {
        super(why);
        this.outcome = outcome;
    }

    /** A person has to do something first. */
    static StepEnded blocked(String why, String remedy) {
        return new StepEnded(
                why,
                Outcome.newBuilder()
                        .setBlocked(Blocked.newBuilder().setWhy(why).setRemedy(remedy))
                        .build());
    }

    static StepEnded failed(String why) {
        return failed(why, List.of());
    }

    static StepEnded failed(String why, List<String> logLines) {
        return new StepEnded(
                why,
                Outcome.newBuilder()
                        .setFailed(Failed.newBuilder().setWhy(why).addAllLogLines(logLines))
                        .build());
    }

    /** The host is not what the plan was made on. */
    static StepEnded stale(String why) {
        return failed("stale, plan again: " + why);
    }

    /** Worth another try soon, by itself. */
    static StepEnded retry(java.time.Duration after, String why) {
        return new StepEnded(
                why,
                Outcome.newBuilder()
                        .setRetry(
                                Retry.newBuilder()
                                        .setAfter(
                                                Duration.newBuilder().setSeconds(after.toSeconds()))
                                        .setWhy(why))
                        .build());
    }

    Outcome outcome() {
        return outcome;
    }
}
