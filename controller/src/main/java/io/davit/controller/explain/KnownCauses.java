package io.davit.controller.explain;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The table {@code causes.txt}: pattern, cause, remedy. */
public final class KnownCauses {

    private static final String TABLE = "causes.txt";

    private final List<Entry> entries;

    /** What is behind a text. */
    public record Cause(String cause, String remedy) {}

    private record Entry(Pattern when, Cause cause) {}

    private KnownCauses(List<Entry> entries) {
        this.entries = List.copyOf(entries);
    }

    /** The table that this program was built with. */
    public static KnownCauses compiledIn() {
        try (InputStream in = KnownCauses.class.getResourceAsStream(TABLE)) {
            if (in == null) {
                throw new IllegalStateException("cannot find " + TABLE);
            }
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + TABLE, e);
        }
    }

    /**
     * @throws IllegalStateException naming the entry that is not whole
     */
    static KnownCauses parse(String table) {
        var entries = new ArrayList<Entry>();
        for (String block : table.split("\n\\s*\n", -1)) {
            List<String> lines = block.lines().filter(line -> !line.startsWith("#")).toList();
            if (lines.isEmpty()) {
                continue;
            }
            entries.add(
                    new Entry(
                            Pattern.compile(value(lines, 0, "when"), Pattern.CASE_INSENSITIVE),
                            new Cause(value(lines, 1, "cause"), value(lines, 2, "remedy"))));
        }
        return new KnownCauses(entries);
    }

    private static String value(List<String> lines, int at, String key) {
        if (lines.size() != 3 || !lines.get(at).matches(key + " +\\S.*")) {
            throw new IllegalStateException("want when, cause, remedy in: " + lines);
        }
        return lines.get(at).substring(key.length()).strip();
    }

    int size() {
        return entries.size();
    }

    /**
     * What is behind an error; where nothing is known of that, behind the newest log line that says
     * something known.
     *
     * @param logLines oldest first
     */
    public Optional<Cause> of(String error, List<String> logLines) {
        return find(error)
                .or(() ->
                        logLines.reversed().stream().flatMap(it -> find(it).stream()).findFirst());
    }

    private Optional<Cause> find(String text) {
        return entries.stream()
                .filter(entry -> entry.when().matcher(text).find())
                .map(Entry::cause)
                .findFirst();
    }
}
