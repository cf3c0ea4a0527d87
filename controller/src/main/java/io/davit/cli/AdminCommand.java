package io.davit.cli;

import io.davit.common.Secret;
import io.davit.controller.serve.ServerConfig;
import io.davit.proto.operator.v1.NewAdminRequest;
import io.davit.proto.operator.v1.NewAdminResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What root does on the controller's host. */
@Command(
        name = "admin",
        description = "Makes operators, as root on the controller's host.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = AdminCommand.New.class,
        footerHeading = "%nExamples:%n",
        footer = {"  sudo davit admin new alice"})
final class AdminCommand implements Callable<Integer> {

    @Spec private CommandSpec command = CommandSpec.create();

    @Override
    public Integer call() {
        command.commandLine().usage(command.commandLine().getErr());
        return ExitCode.USAGE;
    }

    @Command(
            name = "new",
            description =
                    "Makes an operator with access level admin and writes their credential for the"
                            + " user who runs this (through sudo, too).",
            footerHeading = "%nExamples:%n",
            footer = {
                "  sudo davit admin new alice",
                "  sudo davit admin new ci --out /root/ci-credential"
            })
    static final class New implements Callable<Integer> {

        @Parameters(paramLabel = "NAME", description = "The operator's name.")
        private String name = "";

        @Option(
                names = "--out",
                paramLabel = "DIR",
                description = "Writes the credential into this folder.")
        private Optional<Path> out = Optional.empty();

        @Option(
                names = "--socket",
                paramLabel = "FILE",
                description = "The controller's socket (default: ${DEFAULT-VALUE}).",
                defaultValue = "/run/davit/admin.sock")
        private Path socket = ServerConfig.DEFAULT_SOCKET;

        @Spec private CommandSpec command = CommandSpec.create();

        @Override
        public Integer call() {
            Invoker invoker = Invoker.current();
            Path folder = out.orElseGet(() -> Credential.folderBelow(invoker.home()));
            if (Files.exists(folder.resolve("operator.key"))) {
                throw new CliException(
                        ExitCode.FAILED,
                        "cannot write credential " + folder + ": there is one already",
                        "move it away, or choose another folder with --out DIR");
            }
            NewAdminResponse made;
            try (Connection connection = Connection.local(socket)) {
                made =
                        connection.ask(c ->
                                c.onThisHost()
                                        .newAdmin(
                                                NewAdminRequest.newBuilder()
                                                        .setName(name)
                                                        .build()));
            }
            write(made, folder, out.isPresent() ? new Invoker(folder, Optional.empty()) : invoker);
            new Output(command.commandLine().getOut(), Output.Format.text)
                    .line("operator " + name + " is an admin; credential in " + folder);
            return ExitCode.OK;
        }

        private static void write(NewAdminResponse made, Path folder, Invoker invoker) {
            var credential =
                    new Credential(
                            Secret.ofText(made.getPrivateKeyPem()),
                            made.getCertificateChainPem(),
                            made.getCaBundlePem(),
                            made.getAddress());
            try {
                if (invoker.ownership().isPresent()) {
                    credential.writeBelow(invoker.home(), invoker.ownership().get());
                } else {
                    credential.write(folder);
                }
            } catch (IOException e) {
                throw new CliException(
                        ExitCode.FAILED,
                        "cannot write credential " + folder + ": " + e.getMessage(),
                        "make another admin once the folder can be written; this one has no key");
            }
        }
    }
}
