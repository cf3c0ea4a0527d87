package io.davit.lab;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What README.md and docs/ tell to type works when it is typed. */
@Tag("long")
class DocumentationIT {

    @Test
    void whatTheDocumentationSaysWorks() {
        try (var lab = new Lab("it-docs")) {
            var typist = new LabTypist(lab);
            long start = System.nanoTime();
            new DocumentationStory(typist, lab).tell();
            System.out.printf(
                    "documentation: %d commands typed in %.0f s%n",
                    typist.typed(), (System.nanoTime() - start) / 1e9);
        }
    }
}
