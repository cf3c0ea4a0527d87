package io.davit.cli.manual;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.cli.Davit;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class CommandReferenceTest {

    /** CONTRIBUTING.md says by which command the page is written anew. */
    @Test
    void theReferenceIsWhatTheCommandsSay() throws Exception {
        Written.requireSame(
                Path.of("../docs/reference/cli.md"), CommandReference.of(Davit.commandLine()));
    }

    @Test
    void everyCommandExplainsItselfToAStranger() {
        for (CommandText command : CommandText.all(Davit.commandLine())) {
            assertThat(command.summary()).as(command.name()).hasSizeGreaterThan(10);
            assertThat(command.exitCodes()).as(command.name()).isNotEmpty();
            if (!command.path().isEmpty()) {
                assertThat(command.examples()).as("examples of " + command.name()).isNotEmpty();
            }
            command.options()
                    .forEach(option ->
                            assertThat(CommandText.description(option))
                                    .as(command.name() + " " + option.longestName())
                                    .isNotBlank()
                                    .doesNotContain("${"));
            command.parameters()
                    .forEach(parameter ->
                            assertThat(CommandText.description(parameter))
                                    .as(command.name() + " " + parameter.paramLabel())
                                    .isNotBlank()
                                    .doesNotContain("${"));
        }
    }

    /** What stands in an example can be typed: it parses, up to the first shell operator. */
    @Test
    void everyExampleParses() {
        CommandLine davit = Davit.commandLine();
        for (CommandText command : CommandText.all(davit)) {
            for (String example : command.examples()) {
                String typed =
                        example.replaceFirst("^sudo ", "")
                                .replaceFirst("^source <\\(", "")
                                .replaceFirst("\\s*[|>)#].*", "");
                if (typed.startsWith("davit ")) {
                    String[] words = typed.substring("davit ".length()).split("\\s+");
                    assertThat(davit.parseArgs(words).errors()).as(example).isEmpty();
                }
            }
        }
    }

    @Test
    void theReadmesTableNamesEveryCommand() throws Exception {
        String readme = Files.readString(Path.of("../README.md"));
        Davit.commandLine()
                .getSubcommands()
                .forEach((name, line) -> {
                    if (!(line.getCommand() instanceof CommandLine.HelpCommand)) {
                        assertThat(readme).as(name).contains("`davit " + name);
                    }
                });
    }
}
