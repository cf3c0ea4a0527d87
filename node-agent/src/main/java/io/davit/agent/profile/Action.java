package io.davit.agent.profile;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A named command. Arguments stand in it as {@code {{name}}}, each with a grammar; no shell ever
 * sees them.
 */
public sealed interface Action {

    /** The wire name. */
    String name();

    /** Grammar of each argument; all of them are needed. */
    Map<String, Pattern> arguments();

    Duration deadline();

    /** A program with its argument vector and a clean environment. */
    record Argv(String name, Map<String, Pattern> arguments, Duration deadline, List<String> argv)
            implements Action {
        public Argv {
            arguments = Map.copyOf(arguments);
            argv = List.copyOf(argv);
        }
    }

    /**
     * One line to a unix socket; the answer is read to its end.
     *
     * @param done the question and the answer that tell that there is nothing to do; empty without
     *     a check of its own
     * @param settled what is waited for afterwards, in vain if need be
     */
    record UnixSocketLine(
            String name,
            Map<String, Pattern> arguments,
            Duration deadline,
            String socket,
            String line,
            Optional<Question> done,
            Optional<Settled> settled)
            implements Action {
        public UnixSocketLine {
            arguments = Map.copyOf(arguments);
        }
    }

    /**
     * A read-only question.
     *
     * @param answer an expression that is found in the answer where nothing is left to do; {@code
     *     {{name}}} stands for the argument, literally
     */
    record Question(String line, String answer) {}

    /**
     * Something that comes about after a command, or not: an action does not fail for it.
     *
     * @param most the longest wait
     */
    record Settled(Question question, Duration most) {}

    /** Something done to a Node object through the API of the server on this host. */
    record NodeTask(String name, Map<String, Pattern> arguments, Duration deadline, Task task)
            implements Action {

        public NodeTask {
            arguments = Map.copyOf(arguments);
        }

        /** The closed list. */
        public enum Task {
            CORDON,
            UNCORDON,
            DRAIN,
            DELETE,
            MARK
        }
    }

    /** A request to a service on 127.0.0.1 without TLS. */
    record LoopbackHttp(
            String name,
            Map<String, Pattern> arguments,
            Duration deadline,
            String method,
            int port,
            String path)
            implements Action {
        public LoopbackHttp {
            arguments = Map.copyOf(arguments);
        }
    }
}
