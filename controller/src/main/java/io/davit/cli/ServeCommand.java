package io.davit.cli;

import io.davit.controller.serve.EngineWiring;
import io.davit.controller.serve.JavaLogging;
import io.davit.controller.serve.Readiness;
import io.davit.controller.serve.ServeWiring;
import io.davit.controller.serve.ServerConfig;
import io.davit.controller.serve.ServerConfigReader;
import io.davit.controller.serve.ServerConfigReader.BadConfigException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "serve",
        description =
                "Runs the controller until it is told to stop (SIGTERM), or has adopted a restored"
                        + " state and is to be started anew.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  systemctl enable --now davit",
            "  davit serve --config /etc/davit/controller.yaml"
        })
final class ServeCommand implements Callable<Integer> {

    private static final Duration ANSWERING = Duration.ofMillis(500);

    @Option(
            names = "--config",
            paramLabel = "FILE",
            defaultValue = "/etc/davit/controller.yaml",
            description = "Configuration (default: ${DEFAULT-VALUE}).")
    private Path config = ServerConfig.DEFAULT_FILE;

    @Override
    public Integer call() throws InterruptedException {
        JavaLogging.install();
        var stopped = new CountDownLatch(1);
        ServeWiring controller = start(() -> endSoon(stopped));
        Runtime.getRuntime()
                .addShutdownHook(
                        Thread.ofPlatform()
                                .name("stop")
                                .unstarted(() -> {
                                    controller.close();
                                    stopped.countDown();
                                }));
        Readiness.tell();
        stopped.await();
        controller.close();
        return ExitCode.OK;
    }

    /** After the answer to the call that asked for it is out. */
    private static void endSoon(CountDownLatch stopped) {
        Thread.ofVirtual()
                .start(() -> {
                    try {
                        Thread.sleep(ANSWERING);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    stopped.countDown();
                });
    }

    private ServeWiring start(Runnable startAnew) {
        try {
            return ServeWiring.start(
                    ServerConfigReader.read(config), base -> EngineWiring.make(base, startAnew));
        } catch (BadConfigException e) {
            throw new CliException(
                    ExitCode.FAILED,
                    String.valueOf(e.getMessage()),
                    "mend " + config + ", then: systemctl restart davit");
        } catch (NoSuchFileException e) {
            throw new CliException(
                    ExitCode.FAILED,
                    "cannot serve: there is no " + e.getFile(),
                    "make a controller with davit init --name NAME, or name its configuration with"
                            + " --config FILE");
        } catch (IOException | RuntimeException e) {
            throw new CliException(
                    ExitCode.FAILED,
                    "cannot serve: " + String.valueOf(e.getMessage()),
                    "davit doctor controller looks for what is in the way");
        }
    }
}
