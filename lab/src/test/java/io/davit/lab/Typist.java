package io.davit.lab;

import java.util.function.Supplier;

/**
 * Types lines of the documentation as they stand there, and does between them what a reader does.
 */
interface Typist {

    /** Something with hosts of the lab. */
    interface Act {
        void run() throws Exception;
    }

    /** Types a line on a host, where it ends with this exit code. */
    void type(String host, String line, int exitCode);

    /** The same for a line that succeeds. */
    default void type(String host, String line) {
        type(host, line, 0);
    }

    /**
     * Types a line at a terminal.
     *
     * @param answers what is typed when it asks, a line each
     */
    void answer(String host, String line, int exitCode, String... answers);

    /** From now on a text in the lines stands for another, as a reader puts in his own names. */
    void means(String text, Supplier<String> own);

    /** What no line of the documentation does. */
    void meanwhile(Act act);
}
