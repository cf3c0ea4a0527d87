package io.davit.agent.main;

import io.davit.common.Names;
import io.davit.common.Nearest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What davit-agent was told on its command line. */
sealed interface CommandLine {

    /** Where the configuration is, unless another place is named. */
    Path DEFAULT_CONFIG = Path.of("/etc/davit/agent.conf");

    /** Where its identity, journal and ledger are, unless another place is named. */
    Path DEFAULT_STATE = Path.of("/var/lib/davit/agent");

    /** Each has a value. */
    List<String> DOCTOR_OPTIONS = List.of("--role", "--controller", "--config", "--state", "-o");

    /** What may stand first. */
    List<String> COMMANDS = List.of("run", "doctor", "epoch", "fingerprint", "version", "help");

    /** What a host may be asked about. */
    List<String> ROLES = List.of("etcd", "load-balancer", "control-plane", "worker");

    String USAGE =
            """
            davit-agent run [--config FILE] [--state DIRECTORY]
                                              the agent, as davit-agent.service starts it
            davit-agent doctor [--role ROLE]... [--controller HOST] [--config FILE] [--state DIRECTORY] [-o json]
                                              what would be in the way of a host here; changes nothing
            davit-agent epoch --reset         forget the highest epoch obeyed (agent stopped; root)
            davit-agent fingerprint           six words of this host's key, as davit hosts shows them
            davit-agent version
            """;

    /** The agent itself. */
    record Run(Path config, Path state) implements CommandLine {}

    /**
     * Look for what is in the way.
     *
     * @param roles that the machine is to have; empty: any
     * @param controller its host, where the configuration does not name it yet; empty: none
     */
    record Doctor(
            List<String> roles, Optional<String> controller, Path config, Path state, boolean json)
            implements CommandLine {}

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
            case "doctor" -> doctor(arguments.subList(1, arguments.size()));
            case "version", "--version" -> new Version();
            case "fingerprint" -> new Fingerprint();
            case "help", "--help", "-h" -> new Help();
            case "epoch" ->
                    arguments.equals(List.of("epoch", "--reset"))
                            ? new ResetEpoch()
                            : new Wrong("epoch knows --reset only");
            case "" -> new Wrong("no command is given");
            case String other ->
                    new Wrong(
                            "unknown command \""
                                    + Names.printable(other)
                                    + "\""
                                    + Nearest.hint(other, COMMANDS));
        };
    }

    private static CommandLine run(List<String> options) {
        if (options.contains("--help") || options.contains("-h")) {
            return new Help();
        }
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

    private static CommandLine doctor(List<String> options) {
        if (options.contains("--help") || options.contains("-h")) {
            return new Help();
        }
        var roles = new ArrayList<String>();
        Optional<String> controller = Optional.empty();
        Path config = DEFAULT_CONFIG;
        Path state = DEFAULT_STATE;
        boolean json = false;
        for (int i = 0; i < options.size(); i += 2) {
            String option = options.get(i);
            if (!DOCTOR_OPTIONS.contains(option)) {
                return new Wrong(
                        "unknown option \"%s\"%s; doctor knows %s"
                                .formatted(
                                        Names.printable(option),
                                        Nearest.hint(option, DOCTOR_OPTIONS),
                                        String.join(", ", DOCTOR_OPTIONS)));
            }
            if (i + 1 == options.size()) {
                return new Wrong("a value is missing after " + option);
            }
            String value = options.get(i + 1);
            switch (option) {
                case "--role" -> {
                    if (!ROLES.contains(value)) {
                        return new Wrong(
                                "unknown role \"%s\"%s; one of %s"
                                        .formatted(
                                                Names.printable(value),
                                                Nearest.hint(value, ROLES),
                                                String.join(", ", ROLES)));
                    }
                    roles.add(value);
                }
                case "--controller" -> controller = Optional.of(value);
                case "--config" -> config = Path.of(value);
                case "--state" -> state = Path.of(value);
                case "-o" -> {
                    if (!List.of("text", "json").contains(value)) {
                        return new Wrong("-o is text or json");
                    }
                    json = value.equals("json");
                }
                default -> throw new IllegalStateException(option);
            }
        }
        return new Doctor(List.copyOf(roles), controller, config, state, json);
    }
}
