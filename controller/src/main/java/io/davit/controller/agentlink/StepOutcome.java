package io.davit.controller.agentlink;

import java.time.Duration;
import java.util.List;

/** How a step ended on its host, or that nobody knows. */
public sealed interface StepOutcome {

    record Unchanged() implements StepOutcome {}

    /** For people: "wrote /etc/etcd/etcd.yaml (812 bytes)". */
    record Changed(String what) implements StepOutcome {}

    record Retry(Duration after, String why) implements StepOutcome {}

    /** A person has to do something first. */
    record Blocked(String why, String remedy) implements StepOutcome {}

    /** The last log lines of the unit concerned, oldest first. */
    record Failed(String why, List<String> logLines) implements StepOutcome {
        public Failed {
            logLines = List.copyOf(logLines);
        }
    }

    /** Contact was lost: observe again, never assume. */
    record Unknown(String why) implements StepOutcome {}
}
