package io.davit.agent.step;

import io.davit.proto.agent.v1.StepProgress;
import io.davit.proto.agent.v1.StepResult;

/**
 * Hears what happens in the engine, in the engine's own thread: implementations hand over and
 * return at once, and throw nothing.
 */
public interface EngineListener {

    /** A step entered a phase, or says anew what it does or waits for. May be dropped. */
    void progress(StepProgress progress);

    /** A step ended. It is in the journal already and stays there until acknowledged. */
    void result(StepResult result);

    /** Something on the host was changed by the engine: an observation would differ. */
    void changed();
}
