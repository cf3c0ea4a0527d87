package io.davit.common;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The small part of YAML in which we write the configuration files of etcd and k3s, with the reader
 * for exactly that part.
 *
 * <p>A document is a map of keys to values; a value is a string, a whole number, a boolean, a list
 * of strings, or (one level deep) a map of keys to strings, numbers and booleans:
 *
 * <pre>{@code
 * name: "e1"
 * heartbeat-interval: 100
 * tls-san:
 *   - "api.example.test"
 * peer-transport-security:
 *   client-cert-auth: true
 * }</pre>
 *
 * Strings are always in double quotes with JSON's escapes, which YAML shares, so no value can
 * become another type, a comment or a second key. The reader accepts nothing else, so that what the
 * controller rendered is what the agent validates.
 */
public final class ConfigYaml {

    private static final Pattern KEY = Pattern.compile("[a-z0-9]([a-z0-9._-]*[a-z0-9])?");
    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]{0,17})");

    private ConfigYaml() {}

    /**
     * Renders keys in the map's own order.
     *
     * @param document values of type String, Integer, Long, Boolean, {@code List<String>}, or a map
     *     of String to those scalars
     * @throws IllegalArgumentException on another type, a key outside the grammar, or a control
     *     character
     */
    public static String render(Map<String, ?> document) {
        var text = new StringBuilder();
        document.forEach((key, value) -> {
            text.append(key(key)).append(':');
            switch (value) {
                case List<?> list when list.isEmpty() -> text.append(" []\n");
                case List<?> list -> {
                    text.append('\n');
                    list.forEach(
                            item -> text.append("  - ").append(quoted((String) item)).append('\n'));
                }
                case Map<?, ?> section -> {
                    text.append('\n');
                    section.forEach((inner, scalar) ->
                            text.append("  ")
                                    .append(key((String) inner))
                                    .append(": ")
                                    .append(scalar(scalar))
                                    .append('\n'));
                }
                default -> text.append(' ').append(scalar(value)).append('\n');
            }
        });
        return text.toString();
    }

    private static String key(String key) {
        if (!KEY.matcher(key).matches()) {
            throw new IllegalArgumentException("cannot write key \"" + Names.printable(key) + "\"");
        }
        return key;
    }

    private static String scalar(Object value) {
        return switch (value) {
            case String text -> quoted(text);
            case Integer number -> number.toString();
            case Long number -> number.toString();
            case Boolean bool -> bool.toString();
            default ->
                    throw new IllegalArgumentException(
                            "cannot write a " + value.getClass().getSimpleName());
        };
    }

    /**
     * A string in double quotes, as YAML and JSON read it.
     *
     * @throws IllegalArgumentException on a control character
     */
    public static String quoted(String text) {
        var out = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x20
                    || c == 0x7f
                    || c >= 0x80 && c < 0xa0
                    || c == 0x2028
                    || c == 0x2029
                    || Character.isSurrogate(c)) {
                throw new IllegalArgumentException(
                        "cannot write \""
                                + Names.printable(text)
                                + "\": control characters are not allowed");
            }
            if (c == '"' || c == '\\') {
                out.append('\\');
            }
            out.append(c);
        }
        return out.append('"').toString();
    }

    /**
     * Reads what {@link #render} writes, and nothing else. Comment lines ({@code # …}) and empty
     * lines are passed over.
     *
     * @return keys in file order; values String, Long, Boolean, {@code List<String>} or {@code
     *     Map<String, Object>}
     * @throws IllegalArgumentException naming the line
     */
    public static Map<String, Object> parse(String text) {
        var document = new LinkedHashMap<String, Object>();
        @Nullable String open = null; // the key whose list or section the indented lines belong to
        String[] lines = text.split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            String line = lines[i];
            int number = i + 1;
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            if (line.startsWith("  ")) {
                if (open == null) {
                    throw wrong(number, "an indented line belongs to no key");
                }
                addIndented(document, open, line.substring(2), number);
                continue;
            }
            int colon = line.indexOf(':');
            if (colon < 0 || !KEY.matcher(line.substring(0, colon)).matches()) {
                throw wrong(number, "no key");
            }
            String key = line.substring(0, colon);
            if (document.containsKey(key)) {
                throw wrong(number, "key " + key + " stands there twice");
            }
            String rest = line.substring(colon + 1);
            if (rest.isEmpty()) {
                open = key;
                document.put(key, new LinkedHashMap<String, Object>());
            } else {
                open = null;
                document.put(key, rest.equals(" []") ? List.of() : value(rest, number));
            }
        }
        return document;
    }

    private static void addIndented(
            Map<String, Object> document, String open, String line, int number) {
        Object held = document.get(open);
        if (line.startsWith("- ")) {
            if (held instanceof Map<?, ?> map && map.isEmpty()) {
                held = new ArrayList<String>();
                document.put(open, held);
            }
            if (held instanceof List<?>
                    && value(line.substring(1), number) instanceof String item) {
                @SuppressWarnings("unchecked") // made as a list of strings above
                var list = (List<String>) held;
                list.add(item);
                return;
            }
            throw wrong(number, "not a list of strings");
        }
        int colon = line.indexOf(':');
        if (!(held instanceof Map<?, ?>)
                || colon < 0
                || !KEY.matcher(line.substring(0, colon)).matches()) {
            throw wrong(number, "no key");
        }
        @SuppressWarnings("unchecked") // made as such a map by parse
        var section = (Map<String, Object>) held;
        if (section.put(line.substring(0, colon), value(line.substring(colon + 1), number))
                != null) {
            throw wrong(number, "key " + line.substring(0, colon) + " stands there twice");
        }
    }

    private static Object value(String afterColon, int line) {
        if (!afterColon.startsWith(" ")) {
            throw wrong(line, "a space belongs before the value");
        }
        String text = afterColon.substring(1);
        if (text.equals("true") || text.equals("false")) {
            return Boolean.valueOf(text);
        }
        if (NUMBER.matcher(text).matches()) {
            return Long.valueOf(text);
        }
        if (text.length() < 2 || !text.startsWith("\"") || !text.endsWith("\"")) {
            throw wrong(
                    line,
                    "the value is neither a quoted string, a whole number, nor true or false");
        }
        var out = new StringBuilder();
        for (int i = 1; i < text.length() - 1; i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                i++;
                c = i < text.length() - 1 ? text.charAt(i) : 0;
                if (c != '"' && c != '\\') {
                    throw wrong(line, "only \\\" and \\\\ are escapes here");
                }
            } else if (c == '"' || c < 0x20) {
                throw wrong(line, "a quote or control character stands inside the string");
            }
            out.append(c);
        }
        return out.toString();
    }

    private static IllegalArgumentException wrong(int line, String why) {
        return new IllegalArgumentException("line " + line + ": " + why);
    }
}
