package io.davit.agent.main;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
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

    private static CommandLine parse(String... arguments) {
        return CommandLine.parse(List.of(arguments));
    }
}
