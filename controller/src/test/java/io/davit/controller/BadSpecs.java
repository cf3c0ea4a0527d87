package io.davit.controller;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The table of bad specs. */
public final class BadSpecs {

    private BadSpecs() {}

    /**
     * A bad spec.
     *
     * @param problems exactly these, each "line:column path code | message | remedy"
     */
    public record Case(String name, String yaml, List<String> problems) {}

    /**
     * "== name", then "- old" / "+ new" lines (a block replaces a block), then "! problem" lines.
     */
    public static List<Case> all() throws IOException {
        String table;
        try (var in =
                Objects.requireNonNull(BadSpecs.class.getResourceAsStream("spec/bad-specs.txt"))) {
            table = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        var cases = new ArrayList<Case>();
        for (String block : table.split("(?m)^== ")) {
            if (block.isBlank() || block.startsWith("#")) {
                continue;
            }
            String yaml = Specs.SMALL;
            var problems = new ArrayList<String>();
            String old = "";
            String next = "";
            var lines = List.of(block.split("\n", -1));
            for (String line : lines.subList(1, lines.size())) {
                if (line.startsWith("- ")) {
                    if (!next.isEmpty()) {
                        yaml = replace(yaml, old, next);
                        old = "";
                        next = "";
                    }
                    old += line.substring(2) + "\n";
                } else if (line.startsWith("+ ")) {
                    next += line.substring(2) + "\n";
                } else if (line.startsWith("! ")) {
                    problems.add(line.substring(2));
                }
            }
            if (!old.isEmpty()) {
                yaml = replace(yaml, old, next);
            }
            cases.add(new Case(lines.getFirst(), yaml, problems));
        }
        return cases;
    }

    private static String replace(String yaml, String old, String next) {
        assertThat(yaml).contains(old);
        return yaml.replace(old, next);
    }
}
