package io.davit.agent.main;

import java.nio.file.Path;
import java.util.List;

/** What davit-agent was told on its command line. */
sealed interface CommandLine {

    /** Where the configuration is, unless another place is named. */
    Path DEFAULT_CONFIG = Path.of("/etc/davit/agent.conf");

    /** Where its identity, journal and ledger are, unless another place is named. */
    Path DEFAULT_STATE = Path.of("/var/lib/davit/agent");

    String USAGE =
            """
            davit-agent run [--config FILE] [--state DIRECTORY]
                                              the agent, as davit-agent.service starts it
            davit-agent epoch --reset         forget the highest epoch obeyed (agent stopped; root)
            davit-agent fingerprint           six words of this host's key, as davit hosts shows them
            davit-agent version
            """;

    /** The agent itself. */
    record Run(Path config, Path state) implements CommandLine {}

    /** Forget the highest epoch. */
    record ResetEpoch() implements CommandLine {}

    /** Print the words of this host's key. */
    record Fingerprint() implements CommandLine {}

    /** Print the version. */
    record Version() implements CommandLine {}

    /** Print the usage. */
    record Help() implements CommandLine {}

    /** Nothing that we know. */
    record Wrong(String why) implements CommandLine {}

    static CommandLine parse(List<String> arguments) {
        return switch (arguments.isEmpty() ? "" : arguments.getFirst()) {
            case "run" -> run(arguments.subList(1, arguments.size()));
            case "version", "--version" -> new Version();
            case "fingerprint" -> new Fingerprint();
            case "help", "--help", "-h" -> new Help();
            case "epoch" ->
                    arguments.equals(List.of("epoch", "--reset"))
                            ? new ResetEpoch()
                            : new Wrong("epoch knows --reset only");
            case "" -> new Wrong("no command is given");
            case String other -> new Wrong("unknown command \"" + other + "\"");
        };
    }

    private static CommandLine run(List<String> options) {
        Path config = DEFAULT_CONFIG;
        Path state = DEFAULT_STATE;
        for (int i = 0; i < options.size(); i += 2) {
            String option = options.get(i);
            if (i + 1 == options.size()) {
                return new Wrong("a value is missing after " + option);
            }
            switch (option) {
                case "--config" -> config = Path.of(options.get(i + 1));
                case "--state" -> state = Path.of(options.get(i + 1));
                default -> {
                    return new Wrong("run knows --config FILE and --state DIRECTORY only");
                }
            }
        }
        return new Run(config, state);
    }
}
