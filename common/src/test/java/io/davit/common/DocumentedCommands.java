package io.davit.common;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What people copy out of the documentation: the lines of its code blocks, fenced or indented. */
public final class DocumentedCommands {

    private static final Pattern COMMAND_BEGINS = Pattern.compile("\\s*(?:&&|\\||;|<\\()\\s*");
    private static final Pattern OPEN = Pattern.compile("[…|\\[<]");

    private DocumentedCommands() {}

    /**
     * One line that a shell would take.
     *
     * @param place page and line, {@code docs/backup.md:12}
     * @param text without its comment; lines that end with a backslash are one with the next
     */
    public record Line(String place, String text) {

        private List<String> commands() {
            String whole = text.replaceAll("\\$\\([^)]*\\)", "IT");
            return Stream.of(COMMAND_BEGINS.split(whole))
                    .map(command -> command.replaceFirst("^sudo ", ""))
                    .toList();
        }

        private static String program(String command) {
            String first = command.split("\\s", 2)[0];
            return first.substring(first.lastIndexOf('/') + 1);
        }

        /** Whether one of its commands is one of these, by the name of the file. */
        public boolean runs(Set<String> programs) {
            return commands().stream().map(Line::program).anyMatch(programs::contains);
        }

        /** Whether it says how a command is formed, and is not one to type. */
        public boolean synopsis() {
            return text.contains("[-h");
        }

        /** What davit is given, once for each davit command that leaves nothing open. */
        public List<List<String>> davit() {
            return commands().stream()
                    .filter(command -> program(command).equals("davit"))
                    .filter(command -> !OPEN.matcher(command).find())
                    .map(command -> command.replaceFirst("\\s*[>)].*$", ""))
                    .map(command -> List.of(command.split("\\s+")))
                    .map(words -> words.subList(1, words.size()))
                    .toList();
        }

        @Override
        public String toString() {
            return place + ": " + text;
        }
    }

    /** README.md and its neighbours, and what is below docs/. */
    public static List<Path> pages(Path root) throws IOException {
        try (Stream<Path> top = Files.list(root);
                Stream<Path> docs = Files.walk(root.resolve("docs"))) {
            return Stream.concat(top, docs)
                    .filter(page -> page.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        }
    }

    /** Every line of every code block. */
    public static List<Line> in(Path root) throws IOException {
        var all = new ArrayList<Line>();
        for (Path page : pages(root)) {
            all.addAll(of(root.relativize(page).toString(), Files.readAllLines(page)));
        }
        return List.copyOf(all);
    }

    static List<Line> of(String page, List<String> lines) {
        var all = new ArrayList<Line>();
        boolean fenced = false;
        String begun = "";
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.strip().startsWith("```")) {
                fenced = !fenced;
            } else if (fenced || line.startsWith("    ")) {
                String text = (begun + line.replaceFirst("\\s+#.*$", "").strip()).strip();
                begun = text.endsWith("\\") ? text.substring(0, text.length() - 1) : "";
                if (begun.isEmpty()) {
                    all.add(new Line(page + ":" + (i + 1), text.replaceAll(" +", " ")));
                }
            }
        }
        return all;
    }
}
