package io.davit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.common.DocumentedCommands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.ParameterException;

/** What people copy out of README.md and docs/ is understood, and what they follow is there. */
class DocumentationTest {

    private static final Path ROOT = Path.of("..");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]*)(?:#([^)]*))?\\)");
    private static final Pattern FENCED = Pattern.compile("(?s)^```.*?^```", Pattern.MULTILINE);

    @Test
    void everyCommandInTheDocumentationParses() throws IOException {
        int seen = 0;
        for (DocumentedCommands.Line line : DocumentedCommands.in(ROOT)) {
            for (List<String> words : line.davit()) {
                seen++;
                try {
                    Davit.commandLine().parseArgs(words.toArray(String[]::new));
                } catch (ParameterException e) {
                    throw new AssertionError(line + ": " + e.getMessage(), e);
                }
            }
        }
        System.out.println("documentation: " + seen + " commands parsed");
        assertThat(seen).isGreaterThan(120);
    }

    @Test
    void everyLinkLeadsSomewhere() throws IOException {
        int seen = 0;
        for (Path page : DocumentedCommands.pages(ROOT)) {
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
