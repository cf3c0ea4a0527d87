package io.davit.controller.execute;

import java.util.List;

/** Watches one operation. Must return quickly; an exception ends its watch and nothing else. */
public interface OperationListener {

    /** First, and again whenever the operation plans anew. */
    void snapshot(OperationRecord operation, List<StepRecord> steps);

    /** A step moved, or says something new. */
    void step(StepRecord step);

    /** Last. */
    void ended(OperationRecord operation, List<StepRecord> steps);
}
