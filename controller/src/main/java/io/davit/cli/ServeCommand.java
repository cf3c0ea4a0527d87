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
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "serve", description = "Runs the controller until it is told to stop (SIGTERM).")
final class ServeCommand implements Callable<Integer> {

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
        ServeWiring controller = start();
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
        return ExitCode.OK;
    }

    private ServeWiring start() {
        try {
            return ServeWiring.start(ServerConfigReader.read(config), EngineWiring::make);
        } catch (BadConfigException e) {
            throw new CliException(ExitCode.FAILED, String.valueOf(e.getMessage()), "");
        } catch (NoSuchFileException e) {
            throw new CliException(
                    ExitCode.FAILED,
                    "cannot serve: there is no " + e.getFile(),
                    "make a controller with davit init --name NAME, or name its configuration with"
                            + " --config FILE");
        } catch (IOException | RuntimeException e) {
            throw new CliException(
                    ExitCode.FAILED, "cannot serve: " + String.valueOf(e.getMessage()), "");
        }
    }
}
