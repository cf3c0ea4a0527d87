package io.davit.cli;

import io.davit.common.AtomicFiles.Ownership;
import io.davit.controller.serve.MonitoringToken;
import io.davit.controller.serve.ServerConfig;
import io.davit.controller.serve.ServerConfigReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What Prometheus needs to be let in. */
@Command(
        name = "monitoring",
        description = "Prints what Prometheus needs to scrape this controller.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {MonitoringCommand.Token.class, MonitoringCommand.Ca.class},
        footerHeading = "%nExamples:%n",
        footer = {
            "  sudo davit monitoring token > /etc/prometheus/davit.token",
            "  davit monitoring ca > /etc/prometheus/davit-ca.crt"
        })
final class MonitoringCommand {

    private MonitoringCommand() {}

    /** On the controller's host. */
    @Command(
            name = "token",
            description =
                    "Prints the bearer token, on the controller's host, as root. Makes it if there"
                            + " is none.",
            footerHeading = "%nExamples:%n",
            footer = {
                "  sudo davit monitoring token > /etc/prometheus/davit.token",
                "  sudo davit monitoring token --new"
            })
    static final class Token implements Callable<Integer> {

        @Mixin private ConfigOptions config = new ConfigOptions();

        @Option(
                names = "--new",
                description = "Makes a new one; the old one is refused from then on.")
        private boolean renew;

        @Spec private CommandSpec command = CommandSpec.create();

        @Override
        public Integer call() {
            try {
                ServerConfig controller = ServerConfigReader.read(config.file());
                Path file = controller.monitoringToken();
                if (renew || !Files.exists(file)) {
                    MonitoringToken.create(
                            file, new SecureRandom(), Optional.of(owner(controller.state())));
                }
                new Output(command.commandLine().getOut(), Output.Format.text)
                        .line(Files.readString(file).strip());
                return ExitCode.OK;
            } catch (ServerConfigReader.BadConfigException e) {
                throw new CliException(
                        ExitCode.FAILED,
                        String.valueOf(e.getMessage()),
                        "davit doctor controller looks for what is in the way");
            } catch (IOException e) {
                throw new CliException(
                        ExitCode.FAILED,
                        "cannot give the token of monitoring: " + FileTrouble.of(e),
                        "run it as root on the controller's host, after davit init");
            }
        }

        /** The controller reads it, and it runs as the user that its state belongs to. */
        private static Ownership owner(Path state) throws IOException {
            var attributes = Files.readAttributes(state, PosixFileAttributes.class);
            return new Ownership(attributes.owner().getName(), attributes.group().getName());
        }
    }

    /** From the operator's credential. */
    @Command(
            name = "ca",
            description = "Prints the CA certificate by which Prometheus knows the controller.",
            footerHeading = "%nExamples:%n",
            footer = {"  davit monitoring ca > /etc/prometheus/davit-ca.crt"})
    static final class Ca implements Callable<Integer> {

        @Spec private CommandSpec command = CommandSpec.create();

        @Override
        public Integer call() {
            new Output(command.commandLine().getOut(), Output.Format.text)
                    .line(Credential.read(Credential.usualFolder()).caBundlePem().strip());
            return ExitCode.OK;
        }
    }
}
