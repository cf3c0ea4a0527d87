package io.davit.cli.manual;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a real terminal, which script(1) makes. */
class ColourTest {

    private static final String ESCAPE = "\u001b[";

    @TempDir private Path folder;

    private String help(Map<String, String> environment, boolean terminal) throws Exception {
        String java =
                "%s/bin/java -cp '%s' io.davit.cli.Davit --help"
                        .formatted(
                                System.getProperty("java.home"),
                                System.getProperty("java.class.path"));
        return terminal
                ? Programs.run(folder, environment, "script", "-qec", java, "/dev/null")
                : Programs.run(folder, environment, "sh", "-c", java);
    }

    @Test
    void helpHasColoursOnATerminalUnlessSomebodyWantsNone() throws Exception {
        Programs.need("script");
        assertThat(help(Map.of("TERM", "xterm"), true)).contains("Usage:", ESCAPE);
        assertThat(help(Map.of("TERM", "xterm", "NO_COLOR", "1"), true))
                .contains("Usage:")
                .doesNotContain(ESCAPE);
        assertThat(help(Map.of("TERM", "xterm"), false)).contains("Usage:").doesNotContain(ESCAPE);
    }
}
