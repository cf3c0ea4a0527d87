package io.davit.agent.main;

import io.davit.agent.link.Address;
import io.davit.common.Names;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the agent is told on its machine: {@code key = value} lines, blank lines, comments after
 * {@code #} at the start of a line. Unknown keys, and keys repeated in one text, are errors.
 *
 * @param controller the agents' listener, {@code host:7443}
 * @param enrolment the enrolment listener, {@code host:7444}
 * @param tokenFile where a join token is put
 */
record AgentConfig(Address controller, Address enrolment, Path tokenFile) {

    private static final List<String> KEYS = List.of("controller", "enrolment", "token-file");
    static final String DEFAULT_TOKEN_FILE = "/etc/davit/token";
    private static final int CONTROLLER_PORT = 7443;
    private static final int ENROLMENT_PORT = 7444;

    /** All that is wrong, each with its place, the value and what to do. */
    static final class ConfigException extends Exception {
        private static final long serialVersionUID = 1L;

        ConfigException(List<String> problems) {
            super(String.join("\n", problems));
        }

        /** One line each. */
        List<String> problems() {
            return message().lines().toList();
        }

        private String message() {
            return Optional.ofNullable(getMessage()).orElse("");
        }
    }

    /**
     * A text with settings.
     *
     * @param name what messages call it
     */
    record Source(String name, String text) {}

    private record Line(String place, String value) {}

    /**
     * Reads all sources; a key in a later one replaces that of an earlier one.
     *
     * @return nothing if no source names the controller
     */
    static Optional<AgentConfig> parse(List<Source> sources) throws ConfigException {
        var problems = new ArrayList<String>();
        var lines = new HashMap<String, Line>();
        sources.forEach(source -> lines.putAll(lines(source, problems)));
        var tokenFile =
                read(lines, "token-file", AgentConfig::absolute, problems)
                        .orElse(Path.of(DEFAULT_TOKEN_FILE));
        var controller =
                read(lines, "controller", text -> Address.parse(text, CONTROLLER_PORT), problems);
        var enrolment =
                read(lines, "enrolment", text -> Address.parse(text, ENROLMENT_PORT), problems);
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return controller.map(address ->
                new AgentConfig(
                        address,
                        enrolment.orElse(new Address(address.host(), ENROLMENT_PORT)),
                        tokenFile));
    }

    private static Map<String, Line> lines(Source source, List<String> problems) {
        var found = new LinkedHashMap<String, Line>();
        int number = 0;
        for (String raw : source.text().split("\n", -1)) {
            number++;
            String line = raw.strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            int equals = line.indexOf('=');
            String place = source.name() + ":" + number;
            if (equals < 0) {
                problems.add(place + ": \"" + Names.printable(line) + "\" is not `key = value`");
                continue;
            }
            String key = line.substring(0, equals).strip();
            if (!KEYS.contains(key)) {
                problems.add(
                        place
                                + ": unknown key \""
                                + Names.printable(key)
                                + "\"; the keys are "
                                + String.join(", ", KEYS));
                continue;
            }
            @Nullable Line earlier =
                    found.putIfAbsent(key, new Line(place, line.substring(equals + 1).strip()));
            if (earlier != null) {
                problems.add(
                        place
                                + ": "
                                + key
                                + " is set a second time, first at "
                                + earlier.place()
                                + "; remove one");
            }
        }
        return found;
    }

    private static <T> Optional<T> read(
            Map<String, Line> lines,
            String key,
            Function<String, T> reader,
            List<String> problems) {
        @Nullable Line line = lines.get(key);
        if (line == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(reader.apply(line.value()));
        } catch (IllegalArgumentException e) {
            problems.add("%s: %s: %s".formatted(line.place(), key, e.getMessage()));
            return Optional.empty();
        }
    }

    private static Path absolute(String text) {
        Path path = Path.of(text);
        if (!path.isAbsolute()) {
            throw new IllegalArgumentException(
                    "\"" + Names.printable(text) + "\" is not an absolute path");
        }
        return path;
    }
}
