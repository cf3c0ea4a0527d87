package io.davit.agent.profile;

import java.time.Duration;
import java.util.List;
import java.util.Map;
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

    /** One line to a unix socket; the answer is read to its end. */
    record UnixSocketLine(
            String name,
            Map<String, Pattern> arguments,
            Duration deadline,
            String socket,
            String line)
            implements Action {
        public UnixSocketLine {
            arguments = Map.copyOf(arguments);
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
