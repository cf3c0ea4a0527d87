package io.davit.cli.manual;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Real programs that judge what we wrote for them. {@code ./verify} installs those that it may. */
public final class Programs {

    private static final long SECONDS = 60;

    private Programs() {}

    /** Leaves the test out, visibly, where there is no such program. */
    static void need(String program) {
        boolean there =
                Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":"))
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
        if (!there) {
            System.out.println("left out: there is no " + program + " here");
            abort("there is no " + program + " here");
        }
    }

    /** All that it prints. */
    static String run(Path folder, Map<String, String> environment, String... argv)
            throws IOException, InterruptedException {
        Path output = Files.createTempFile(folder, "printed", "");
        var builder =
                new ProcessBuilder(argv)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectInput(Path.of("/dev/null").toFile())
                        .redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        boolean ended = process.waitFor(SECONDS, TimeUnit.SECONDS);
        if (!ended) {
            process.destroyForcibly();
        }
        String printed = Files.readString(output, StandardCharsets.UTF_8);
        assertThat(ended).as("%s ended; it printed %s", argv[0], printed).isTrue();
        return printed;
    }
}
