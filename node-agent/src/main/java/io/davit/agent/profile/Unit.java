package io.davit.agent.profile;

import io.davit.common.Digests;
import io.davit.common.Names;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A systemd unit whose text is compiled in.
 *
 * @param name the wire name, without {@code .service}
 * @param template the unit's text; {@code {{name}}} stands for a parameter, and a line that begins
 *     with {@code {{?name}}} is there only when that parameter is {@code true}
 * @param inputs names of the slots, artifacts and certificate slots that the service reads at its
 *     start
 * @param reloaded those of the inputs that the service also reads when it is reloaded: while only
 *     they differ it is not restarted
 * @param packaged a package of the OS brings the unit, and this is a drop-in of it
 * @param unseenServers what it is told before a reload, if it is HAProxy
 */
public record Unit(
        String name,
        String path,
        String template,
        List<UnitParameter> parameters,
        List<String> inputs,
        List<String> reloaded,
        Guard guard,
        boolean packaged,
        Optional<UnseenServers> unseenServers) {

    private static final Pattern CONDITION = Pattern.compile("^\\{\\{\\?([a-z-]+)}}(.*)$");

    /** What is asked before this unit is stopped or restarted while it runs. */
    public enum Guard {
        NONE,
        ETCD_QUORUM
    }

    /** A unit of Davit's own, which is restarted for every input. */
    Unit(
            String name,
            String path,
            String template,
            List<UnitParameter> parameters,
            List<String> inputs,
            Guard guard) {
        this(name, path, template, parameters, inputs, List.of(), guard, false, Optional.empty());
    }

    /** A drop-in of a package's unit, whose inputs are all read again at a reload. */
    static Unit dropIn(String name, String text, List<String> inputs) {
        return new Unit(
                name,
                "/etc/systemd/system/" + name + ".service.d/50-davit.conf",
                text,
                List.of(),
                inputs,
                inputs,
                Guard.NONE,
                true,
                Optional.empty());
    }

    /** The same, of HAProxy. */
    Unit telling(UnseenServers unseen) {
        return new Unit(
                name,
                path,
                template,
                parameters,
                inputs,
                reloaded,
                guard,
                packaged,
                Optional.of(unseen));
    }

    public Unit {
        reloaded = List.copyOf(reloaded);
        parameters = List.copyOf(parameters);
        inputs = List.copyOf(inputs);
    }

    /** What it brings to a host. */
    public List<String> files() {
        return Stream.concat(Stream.of(path), unseenServers.stream().map(UnseenServers::file))
                .toList();
    }

    /** The name systemd knows it by. */
    public String serviceName() {
        return name + ".service";
    }

    /** Digest of the template: an input of its own, since a new agent may bring a new text. */
    public String templateDigest() {
        return Digests.sha256Hex(template);
    }

    /**
     * The unit's text.
     *
     * @throws IllegalArgumentException if a parameter is missing, unknown, or outside its grammar
     */
    public String render(Map<String, String> values) {
        for (String given : values.keySet()) {
            if (parameters.stream().noneMatch(parameter -> parameter.name().equals(given))) {
                throw new IllegalArgumentException(
                        "unit " + name + " has no parameter \"" + Names.printable(given) + "\"");
            }
        }
        String text = template;
        for (UnitParameter parameter : parameters) {
            String value = values.get(parameter.name());
            if (value == null || !parameter.grammar().matcher(value).matches()) {
                throw new IllegalArgumentException(
                        "parameter %s of unit %s is %s, %s is needed"
                                .formatted(
                                        parameter.name(),
                                        name,
                                        value == null
                                                ? "missing"
                                                : "\"" + Names.printable(value) + "\"",
                                        parameter.grammar().pattern()));
            }
        }
        var rendered = new StringBuilder();
        for (String line : text.lines().toList()) {
            Matcher condition = CONDITION.matcher(line);
            if (condition.matches()) {
                if (!"true".equals(values.get(condition.group(1)))) {
                    continue;
                }
                line = condition.group(2);
            }
            for (UnitParameter parameter : parameters) {
                line =
                        line.replace(
                                "{{" + parameter.name() + "}}",
                                values.getOrDefault(parameter.name(), ""));
            }
            rendered.append(line).append('\n');
        }
        return rendered.toString();
    }
}
