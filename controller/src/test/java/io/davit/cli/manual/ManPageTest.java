package io.davit.cli.manual;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.cli.Davit;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManPageTest {

    @TempDir private Path folder;

    @BeforeEach
    void write() throws Exception {
        ManPages.write(folder, "2026-01-01");
        Files.copy(Path.of("../install/man/davit-agent.8"), folder.resolve("davit-agent.8"));
    }

    private List<Path> pages() throws Exception {
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.toString().matches(".*[.][18]")).sorted().toList();
        }
    }

    @Test
    void everyCommandHasAPageWithAllThatASystemsManualHas() throws Exception {
        for (CommandText command : CommandText.all(Davit.commandLine())) {
            String page = Files.readString(folder.resolve(command.name().replace(' ', '-') + ".1"));
            assertThat(page)
                    .as(command.name())
                    .contains(
                            ".SH NAME",
                            ".SH SYNOPSIS",
                            ".SH DESCRIPTION",
                            ".SH OPTIONS",
                            ".SH \"EXIT STATUS\"",
                            ".SH FILES",
                            ".SH \"SEE ALSO\"");
            command.options()
                    .forEach(option ->
                            assertThat(page).contains(option.longestName().replace("-", "\\-")));
        }
    }

    @Test
    void groffReadsThemWithoutAWord() throws Exception {
        Programs.need("groff");
        for (Path page : pages()) {
            assertThat(
                            Programs.run(
                                    folder,
                                    Map.of(),
                                    "groff",
                                    "-man",
                                    "-ww",
                                    "-z",
                                    "-Tutf8",
                                    "-K",
                                    "utf8",
                                    page.toString()))
                    .as(page.toString())
                    .isEmpty();
        }
    }

    @Test
    void mandocFindsNothingWrongInThem() throws Exception {
        Programs.need("mandoc");
        for (Path page : pages()) {
            assertThat(
                            Programs.run(
                                    folder,
                                    Map.of(),
                                    "mandoc",
                                    "-Tlint",
                                    "-Wwarning",
                                    page.toString()))
                    .as(page.toString())
                    .isEmpty();
        }
    }

    @Test
    void manShowsWhatToType() throws Exception {
        Programs.need("man");
        String shown =
                Programs.run(
                        folder,
                        Map.of("MANWIDTH", "100", "LC_ALL", "C.UTF-8", "PAGER", "cat"),
                        "man",
                        "-l",
                        folder.resolve("davit-apply.1").toString());
        assertThat(shown)
                .contains("davit apply -f cluster.yaml --yes --unreachable worker-3")
                .contains("--allow-downtime");
    }
}
