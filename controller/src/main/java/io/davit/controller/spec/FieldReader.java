package io.davit.controller.spec;

import io.davit.common.Names;
import io.davit.common.Nearest;
import io.davit.controller.spec.YamlTree.Entry;
import io.davit.controller.spec.YamlTree.Fields;
import io.davit.controller.spec.YamlTree.Items;
import io.davit.controller.spec.YamlTree.Place;
import io.davit.controller.spec.YamlTree.Scalar;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reads the fields of one map with their types. Every field that is asked for counts as known;
 * {@link #end} reports the others. A field that is missing or has the wrong type is reported once
 * and answered empty.
 */
final class FieldReader {

    private static final Pattern NOT_TEXT =
            Pattern.compile(
                    "|~|null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+]?[0-9]+|0x[0-9a-fA-F]+"
                            + "|[-+]?([0-9]+\\.[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]+)?");
    private static final Pattern WHOLE = Pattern.compile("-?[0-9]{1,18}");

    private final Fields fields;
    private final String path;
    private final ProblemList problems;
    private final Places places;
    private final Set<String> known = new LinkedHashSet<>();

    FieldReader(Fields fields, String path, ProblemList problems, Places places) {
        this.fields = fields;
        this.path = path;
        this.problems = problems;
        this.places = places;
        places.put(path, fields.place());
    }

    /** A value with where it stands, for the rules that look at it later. */
    record Found<T>(T value, Place place, String path) {}

    /** The same fields under another path. */
    FieldReader withPath(String other) {
        return new FieldReader(fields, other, problems, places);
    }

    Place place() {
        return fields.place();
    }

    String path() {
        return path;
    }

    String path(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    Optional<YamlTree> node(String key) {
        known.add(key);
        for (Entry entry : fields.entries()) {
            if (entry.key().equals(key)) {
                places.put(path(key), entry.value().place());
                boolean nothing =
                        entry.value() instanceof Scalar s
                                && s.plain()
                                && (s.text().isEmpty()
                                        || s.text().equals("null")
                                        || s.text().equals("~"));
                return nothing ? Optional.empty() : Optional.of(entry.value());
            }
        }
        return Optional.empty();
    }

    /** Whether the key stands there with a value, of whatever type. */
    boolean has(String key) {
        return node(key).isPresent();
    }

    /** The field must be there. */
    <T> Optional<T> required(String key, Optional<T> found) {
        boolean reported = problemAt(path(key));
        if (found.isEmpty() && !reported) {
            problems.add(
                    place(),
                    path(key),
                    "missing",
                    path(key) + " is missing",
                    "add \"" + key + ":\"");
        }
        return found;
    }

    private boolean problemAt(String where) {
        return problems.sorted().stream()
                .anyMatch(p -> p.path().equals(where) || p.path().startsWith(where + "."));
    }

    Optional<Found<String>> text(String key) {
        return node(key).flatMap(node -> asText(node, path(key)));
    }

    Optional<Found<Long>> number(String key) {
        return node(key)
                .flatMap(node -> {
                    if (node instanceof Scalar s
                            && s.plain()
                            && WHOLE.matcher(s.text()).matches()) {
                        return Optional.of(
                                new Found<>(Long.parseLong(s.text()), s.place(), path(key)));
                    }
                    return wrongType(node, path(key), "a whole number");
                });
    }

    Optional<Found<Boolean>> flag(String key) {
        return node(key)
                .flatMap(node -> {
                    if (node instanceof Scalar s
                            && s.plain()
                            && (s.text().equals("true") || s.text().equals("false"))) {
                        return Optional.of(
                                new Found<>(Boolean.valueOf(s.text()), s.place(), path(key)));
                    }
                    return wrongType(node, path(key), "true or false");
                });
    }

    /** The keys of a free map, in the order of the file. */
    List<String> keys() {
        return fields.entries().stream().map(Entry::key).toList();
    }

    /** A list of strings; empty when it is not there. */
    List<Found<String>> texts(String key) {
        return items(key).stream()
                .flatMap(item -> asText(item.value(), item.path()).stream())
                .toList();
    }

    List<Found<YamlTree>> items(String key) {
        var node = node(key);
        if (node.isEmpty()) {
            return List.of();
        }
        if (!(node.get() instanceof Items items)) {
            wrongType(node.get(), path(key), "a list");
            return List.of();
        }
        var found = new ArrayList<Found<YamlTree>>();
        for (int i = 0; i < items.nodes().size(); i++) {
            String where = path(key) + "[" + i + "]";
            places.put(where, items.nodes().get(i).place());
            found.add(new Found<>(items.nodes().get(i), items.nodes().get(i).place(), where));
        }
        return found;
    }

    /** A map with fields of its own; empty when it is not there. */
    Optional<FieldReader> section(String key) {
        return node(key).flatMap(node -> section(new Found<>(node, node.place(), path(key))));
    }

    Optional<FieldReader> section(Found<YamlTree> found) {
        if (found.value() instanceof Fields inner) {
            return Optional.of(new FieldReader(inner, found.path(), problems, places));
        }
        return wrongType(found.value(), found.path(), "a map of keys to values");
    }

    /** All entries of a free map of string to string. */
    Map<String, Found<String>> textMap(String key) {
        var map = new LinkedHashMap<String, Found<String>>();
        section(key)
                .ifPresent(inner ->
                        inner.fields
                                .entries()
                                .forEach(entry ->
                                        asText(entry.value(), inner.path(entry.key()))
                                                .ifPresent(value -> map.put(entry.key(), value))));
        return map;
    }

    /** All entries of a free map of scalars and lists of strings. */
    Map<String, Found<Object>> valueMap(String key) {
        var map = new LinkedHashMap<String, Found<Object>>();
        section(key)
                .ifPresent(inner ->
                        inner.fields
                                .entries()
                                .forEach(entry ->
                                        inner.value(entry)
                                                .ifPresent(value -> map.put(entry.key(), value))));
        return map;
    }

    private Optional<Found<Object>> value(Entry entry) {
        String where = path(Names.printable(entry.key()));
        places.put(where, entry.keyPlace());
        return switch (entry.value()) {
            case Scalar s when !s.plain() -> found(s.text(), entry, where);
            case Scalar s when s.text().equals("true") || s.text().equals("false") ->
                    found(Boolean.valueOf(s.text()), entry, where);
            case Scalar s when WHOLE.matcher(s.text()).matches() ->
                    found(Long.valueOf(s.text()), entry, where);
            case Scalar s when NOT_TEXT.matcher(s.text()).matches() ->
                    wrongType(s, where, "a string in quotes, a whole number, true or false");
            case Scalar s -> found(s.text(), entry, where);
            case Items items -> {
                var texts = new ArrayList<String>();
                for (YamlTree item : items.nodes()) {
                    asText(item, where).ifPresent(text -> texts.add(text.value()));
                }
                yield found(List.copyOf(texts), entry, where);
            }
            case Fields inner -> wrongType(inner, where, "a value or a list of strings");
        };
    }

    private static Optional<Found<Object>> found(Object value, Entry entry, String where) {
        return Optional.of(new Found<>(value, entry.keyPlace(), where));
    }

    private Optional<Found<String>> asText(YamlTree node, String where) {
        if (node instanceof Scalar s && !(s.plain() && NOT_TEXT.matcher(s.text()).matches())) {
            return Optional.of(new Found<>(s.text(), s.place(), where));
        }
        return wrongType(node, where, "a string");
    }

    private <T> Optional<T> wrongType(YamlTree node, String where, String wanted) {
        String is =
                switch (node) {
                    case Scalar s -> "\"" + Names.printable(s.text()) + "\"";
                    case Items _ -> "a list";
                    case Fields _ -> "a map";
                };
        problems.add(
                node.place(),
                where,
                "wrong-type",
                where + ": " + is + " is not " + wanted,
                wanted.equals("a string") ? "put it in quotes" : "write " + wanted);
        return Optional.empty();
    }

    /** Reports every field that nobody asked for. */
    void end() {
        for (Entry entry : fields.entries()) {
            if (!known.contains(entry.key())) {
                String shown = Names.printable(entry.key());
                problems.add(
                        entry.keyPlace(),
                        path(shown),
                        "unknown-key",
                        "unknown key \"" + shown + "\"" + Nearest.hint(entry.key(), known),
                        "known here: " + String.join(", ", known));
            }
        }
    }
}
