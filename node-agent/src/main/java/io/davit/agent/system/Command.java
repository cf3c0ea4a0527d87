package io.davit.agent.system;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A program to run: an argument vector (no shell), its whole environment beside the fixed PATH and
 * locale, what it reads, how long it may take.
 */
public record Command(
        List<String> argv, Map<String, String> environment, byte[] stdin, Duration deadline) {

    public Command {
        argv = List.copyOf(argv);
        environment = Map.copyOf(environment);
    }

    public static Command of(Duration deadline, String... argv) {
        return new Command(List.of(argv), Map.of(), new byte[0], deadline);
    }

    public static Command of(Duration deadline, List<String> argv) {
        return new Command(argv, Map.of(), new byte[0], deadline);
    }
}
