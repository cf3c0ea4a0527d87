package io.davit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.ParameterException;

/** What people copy out of README.md and docs/ is understood, and what they follow is there. */
class DocumentationTest {

    private static final Path ROOT = Path.of("..");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]*)(?:#([^)]*))?\\)");
    private static final Pattern FENCED = Pattern.compile("(?s)^```.*?^```", Pattern.MULTILINE);

    private static List<Path> pages() throws IOException {
        try (Stream<Path> top = Files.list(ROOT);
                Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            return Stream.concat(top, docs)
                    .filter(page -> page.toString().endsWith(".md"))
                    .toList();
        }
    }

    /** The words of a command as a shell reads them; nothing for one with a part left open. */
    private static List<String> words(String line) {
        String command =
                line.replaceFirst("\\s+#.*$", "")
                        .replaceFirst("\\s+>.*$", "")
                        .replaceAll("\\$\\([^)]*\\)", "IT")
                        .strip();
        if (!command.startsWith("davit ") || Pattern.compile("[…|\\[<]").matcher(command).find()) {
            return List.of();
        }
        return List.of(command.substring("davit ".length()).split("\\s+"));
    }

    /** Lines of code blocks, fenced or indented; of one line several commands behind "&&". */
    private static List<String> code(String page) {
        var lines = new ArrayList<String>();
        boolean fenced = false;
        for (String line : page.lines().toList()) {
            if (line.strip().startsWith("```")) {
                fenced = !fenced;
            } else if (fenced || line.startsWith("    ")) {
                lines.addAll(List.of(line.split("&&")));
            }
        }
        return lines;
    }

    @Test
    void everyCommandInTheDocumentationParses() throws IOException {
        int seen = 0;
        for (Path page : pages()) {
            for (String line : code(Files.readString(page))) {
                var words = words(line.strip());
                if (words.isEmpty()) {
                    continue;
                }
                seen++;
                try {
                    Davit.commandLine().parseArgs(words.toArray(String[]::new));
                } catch (ParameterException e) {
                    throw new AssertionError(page + ": " + line.strip() + ": " + e.getMessage(), e);
                }
            }
        }
        System.out.println("documentation: " + seen + " commands parsed");
        assertThat(seen).isGreaterThan(40);
    }

    @Test
    void everyLinkLeadsSomewhere() throws IOException {
        int seen = 0;
        for (Path page : pages()) {
            var text = FENCED.matcher(Files.readString(page)).replaceAll("");
            var links = LINK.matcher(text);
            while (links.find()) {
                if (links.group(1).startsWith("http")) {
                    continue;
                }
                seen++;
                Path target = links.group(1).isEmpty() ? page : page.resolveSibling(links.group(1));
                assertThat(target).as("%s links to it", page).exists();
                if (links.group(2) != null) {
                    assertThat(anchors(Files.readString(target)))
                            .as("%s links into %s", page, target)
                            .contains(links.group(2));
                }
            }
        }
        System.out.println("documentation: " + seen + " links followed");
        assertThat(seen).isGreaterThan(50);
    }

    private static List<String> anchors(String page) {
        return page.lines()
                .filter(line -> line.startsWith("#"))
                .map(line ->
                        line.replaceFirst("^#+ ", "")
                                .toLowerCase(java.util.Locale.ROOT)
                                .replaceAll("[^a-z0-9 -]", "")
                                .replace(' ', '-'))
                .toList();
    }
}
