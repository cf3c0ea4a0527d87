package io.davit.cli;

import io.davit.controller.serve.ServerConfig;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option of every command that reads the controller's configuration on its host. */
final class ConfigOptions {

    @Option(
            names = "--config",
            paramLabel = "FILE",
            defaultValue = "/etc/davit/controller.yaml",
            description = "The controller's configuration (default: ${DEFAULT-VALUE}).")
    private Path file = ServerConfig.DEFAULT_FILE;

    Path file() {
        return file;
    }
}
