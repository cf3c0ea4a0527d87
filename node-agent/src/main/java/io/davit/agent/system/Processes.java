package io.davit.agent.system;

import java.io.IOException;

/** Programs that end by themselves soon. Everything that lives long is a unit of systemd. */
public interface Processes {

    /**
     * Runs it to its end, or kills it at its deadline.
     *
     * @throws IOException if it cannot be started
     */
    Finished run(Command command) throws IOException, InterruptedException;
}
