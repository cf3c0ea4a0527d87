package io.davit.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.common.DocumentedCommands;
import io.davit.common.DocumentedCommands.Line;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@link DocumentationStory} types every command of README.md and docs/, or says why not. */
class DocumentationCoverTest {

    private static final Path ROOT = Path.of("..");

    /** Davit's own, and what stands around them. Not what only builds or measures Davit. */
    private static final Set<String> PROGRAMS =
            Set.of(
                    "davit",
                    "davit-agent",
                    "install.sh",
                    "systemctl",
                    "dpkg",
                    "kubectl",
                    "curl",
                    "gpg",
                    "etcdctl",
                    "etcdutl");

    private final NotingTypist typist = new NotingTypist();

    @BeforeEach
    void tell() {
        new DocumentationStory(typist, new Lab("it-docs")).tell();
    }

    private static List<Line> documented() throws IOException {
        return DocumentedCommands.in(ROOT).stream()
                .filter(line ->
                        line.place().startsWith("README.md:") || line.place().startsWith("docs/"))
                .filter(line -> line.runs(PROGRAMS) && !line.synopsis())
                .filter(line -> !line.text().startsWith("lab/bench/"))
                .toList();
    }

    @Test
    void everyCommandIsTypedOrLeftOutForAReason() throws IOException {
        assertThat(documented())
                .as("neither typed in DocumentationStory nor left out there")
                .filteredOn(line -> !typist.lines().contains(line.text()))
                .filteredOn(line -> !DocumentationStory.LEFT_OUT.containsKey(line.text()))
                .isEmpty();
        System.out.printf(
                "documentation: %d lines, %d typed, %d left out%n",
                documented().size(),
                new HashSet<>(typist.lines()).size(),
                DocumentationStory.LEFT_OUT.size());
    }

    @Test
    void nothingElseIsTypedOrLeftOut() throws IOException {
        Set<String> texts = documented().stream().map(Line::text).collect(Collectors.toSet());
        assertThat(typist.lines())
                .as("typed and not documented")
                .filteredOn(line -> !texts.contains(line))
                .isEmpty();
        assertThat(DocumentationStory.LEFT_OUT.keySet())
                .as("left out and not documented")
                .filteredOn(line -> !texts.contains(line))
                .isEmpty();
        assertThat(DocumentationStory.LEFT_OUT.keySet())
                .as("left out and typed")
                .doesNotContainAnyElementsOf(typist.lines());
    }
}
