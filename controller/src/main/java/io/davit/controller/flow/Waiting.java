package io.davit.controller.flow;

import io.davit.controller.access.Answers;
import io.grpc.Status;

/** Work of a call that waits; the controller's end interrupts it. */
public final class Waiting {

    private Waiting() {}

    /** What may be interrupted. */
    public interface Work<T> {
        T run() throws InterruptedException;
    }

    /**
     * Does the work.
     *
     * @throws io.grpc.StatusRuntimeException if the controller stops meanwhile
     */
    public static <T> T uninterrupted(Work<T> work) {
        try {
            return work.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Answers.refusal(Status.UNAVAILABLE, "cannot finish: the controller is stopping");
        }
    }
}
