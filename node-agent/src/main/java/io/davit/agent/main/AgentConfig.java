package io.davit.agent.main;

import io.davit.agent.link.Address;
import io.davit.common.Names;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What /etc/davit/agent.conf says: {@code key = value} lines, blank lines, comments after {@code #}
 * at the start of a line. Unknown and repeated keys are errors.
 *
 * @param controller the agents' listener, {@code host:7443}
 * @param enrolment the enrolment listener, {@code host:7444}
 * @param tokenFile where a join token is put
 */
record AgentConfig(Address controller, Address enrolment, Path tokenFile) {

    private static final List<String> KEYS = List.of("controller", "enrolment", "token-file");
    static final String DEFAULT_TOKEN_FILE = "/etc/davit/token";

    /** All that is wrong with the file, each with its place, the value and what to do. */
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

    private record Line(int number, String value) {}

    /** Reads the text of the file that is called {@code name} in messages. */
    static AgentConfig parse(String name, String text) throws ConfigException {
        var problems = new ArrayList<String>();
        var lines = lines(name, text, problems);
        var controller = required(name, lines, "controller", "controller = HOST:7443", problems);
        var enrolment = required(name, lines, "enrolment", "enrolment = HOST:7444", problems);
        var tokenFile =
                read(
                        name,
                        lines.getOrDefault("token-file", new Line(0, DEFAULT_TOKEN_FILE)),
                        "token-file",
                        AgentConfig::absolute,
                        problems);
        if (controller.isEmpty()
                || enrolment.isEmpty()
                || tokenFile.isEmpty()
                || !problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return new AgentConfig(controller.get(), enrolment.get(), tokenFile.get());
    }

    private static Map<String, Line> lines(String name, String text, List<String> problems) {
        var found = new LinkedHashMap<String, Line>();
        int number = 0;
        for (String raw : text.split("\n", -1)) {
            number++;
            String line = raw.strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            int equals = line.indexOf('=');
            String place = name + ":" + number + ": ";
            if (equals < 0) {
                problems.add(place + "\"" + Names.printable(line) + "\" is not `key = value`");
                continue;
            }
            String key = line.substring(0, equals).strip();
            if (!KEYS.contains(key)) {
                problems.add(
                        place
                                + "unknown key \""
                                + Names.printable(key)
                                + "\"; the keys are "
                                + String.join(", ", KEYS));
                continue;
            }
            @Nullable Line earlier =
                    found.putIfAbsent(key, new Line(number, line.substring(equals + 1).strip()));
            if (earlier != null) {
                problems.add(
                        place
                                + key
                                + " is set a second time, first in line "
                                + earlier.number()
                                + "; remove one");
            }
        }
        return found;
    }

    private static Optional<Address> required(
            String name,
            Map<String, Line> lines,
            String key,
            String example,
            List<String> problems) {
        @Nullable Line line = lines.get(key);
        if (line == null) {
            problems.add(name + ": " + key + " is missing; add a line `" + example + "`");
            return Optional.empty();
        }
        return read(name, line, key, Address::parse, problems);
    }

    private static <T> Optional<T> read(
            String name, Line line, String key, Function<String, T> reader, List<String> problems) {
        try {
            return Optional.of(reader.apply(line.value()));
        } catch (IllegalArgumentException e) {
            problems.add("%s:%d: %s: %s".formatted(name, line.number(), key, e.getMessage()));
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
