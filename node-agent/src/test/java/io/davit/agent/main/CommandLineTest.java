package io.davit.agent.main;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class CommandLineTest {

    @Test
    void knowsItsCommandsAndNoOthers() {
        var state = Path.of("/var/lib/davit/agent");
        assertThat(parse("run"))
                .isEqualTo(new CommandLine.Run(Path.of("/etc/davit/agent.conf"), state));
        assertThat(parse("run", "--config", "/x"))
                .isEqualTo(new CommandLine.Run(Path.of("/x"), state));
        assertThat(parse("run", "--state", "/y", "--config", "/x"))
                .isEqualTo(new CommandLine.Run(Path.of("/x"), Path.of("/y")));
        assertThat(parse("run", "--state"))
                .isEqualTo(new CommandLine.Wrong("a value is missing after --state"));
        assertThat(parse("version")).isEqualTo(new CommandLine.Version());
        assertThat(parse("epoch", "--reset")).isEqualTo(new CommandLine.ResetEpoch());
        assertThat(parse("--help")).isEqualTo(new CommandLine.Help());
        assertThat(parse()).isInstanceOf(CommandLine.Wrong.class);
        assertThat(parse("epoch")).isInstanceOf(CommandLine.Wrong.class);
        assertThat(parse("run", "fast")).isInstanceOf(CommandLine.Wrong.class);
        assertThat(parse("install")).isInstanceOf(CommandLine.Wrong.class);
    }

    @Test
    void aDoctorIsToldRolesControllerAndFormatAndWhatIsNearlyRightIsGuessed() {
        assertThat(parse("doctor"))
                .isEqualTo(
                        new CommandLine.Doctor(
                                List.of(),
                                Optional.empty(),
                                CommandLine.DEFAULT_CONFIG,
                                CommandLine.DEFAULT_STATE,
                                false));
        assertThat(
                        parse(
                                "doctor",
                                "--role",
                                "etcd",
                                "--role",
                                "worker",
                                "--controller",
                                "ctl",
                                "-o",
                                "json"))
                .isEqualTo(
                        new CommandLine.Doctor(
                                List.of("etcd", "worker"),
                                Optional.of("ctl"),
                                CommandLine.DEFAULT_CONFIG,
                                CommandLine.DEFAULT_STATE,
                                true));
        assertThat(parse("doctor", "--role", "worke"))
                .isInstanceOfSatisfying(
                        CommandLine.Wrong.class,
                        wrong -> assertThat(wrong.why()).contains("did you mean \"worker\"?"));
        assertThat(parse("docter"))
                .isInstanceOfSatisfying(
                        CommandLine.Wrong.class,
                        wrong -> assertThat(wrong.why()).contains("did you mean \"doctor\"?"));
        assertThat(parse("doctor", "--rule", "etcd"))
                .isInstanceOfSatisfying(
                        CommandLine.Wrong.class,
                        wrong ->
                                assertThat(wrong.why())
                                        .contains("unknown option \"--rule\"", "\"--role\"?"));
        assertThat(parse("doctor", "--help")).isEqualTo(new CommandLine.Help());
        assertThat(parse("run", "-h")).isEqualTo(new CommandLine.Help());
        assertThat(parse("doctor", "-o", "yaml")).isInstanceOf(CommandLine.Wrong.class);
    }

    @Test
    void theManualHasEveryCommandAndOption() throws java.io.IOException {
        String page = java.nio.file.Files.readString(Path.of("../install/man/davit-agent.8"));
        for (String command : CommandLine.COMMANDS) {
            if (!command.equals("help")) {
                assertThat(page).contains("davit\\-agent " + command);
                assertThat(CommandLine.USAGE).contains("davit-agent " + command);
            }
        }
        for (String word : CommandLine.USAGE.split("[^a-z-]+")) {
            if (word.startsWith("--")) {
                assertThat(page).contains(word.replace("-", "\\-"));
            }
        }
        assertThat(CommandLine.ROLES).allMatch(role -> page.contains(role.replace("-", "\\-")));
    }

    private static CommandLine parse(String... arguments) {
        return CommandLine.parse(List.of(arguments));
    }
}
