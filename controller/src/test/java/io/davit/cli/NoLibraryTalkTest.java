package io.davit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.controller.serve.ControllerRig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NoLibraryTalkTest {

    @TempDir private Path directory;

    @Test
    void aNameThatDoesNotResolveIsOneLineAndWhatToDo() throws Exception {
        Path folder = directory.resolve("credential");
        try (var rig = ControllerRig.start(directory)) {
            var good = rig.newAdmin("anna");
            new Credential(
                            good.privateKeyPem(),
                            good.certificateChainPem(),
                            good.caBundlePem(),
                            "no-such-name.invalid:7445")
                    .write(folder);
        }
        var command =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Davit.class.getName(),
                                "status")
                        .redirectErrorStream(true);
        command.environment().put(Credential.VARIABLE, folder.toString());
        var process = command.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(said).isEqualTo(ExitCode.UNREACHABLE);
        assertThat(said)
                .contains("no-such-name.invalid:7445", "  → ")
                .doesNotContain("WARNING:", "\tat ");
        assertThat(said.lines()).hasSize(2);
    }
}
