package io.davit.cli;

import io.davit.controller.serve.Version;
import io.davit.proto.operator.v1.VersionRequest;
import io.davit.proto.operator.v1.VersionResponse;
import java.nio.file.Files;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "version",
        description = "Shows the versions of this command and the controller.",
        footerHeading = "%nExamples:%n",
        footer = {"  davit version", "  davit version --client"})
final class VersionCommand implements Callable<Integer> {

    @Option(names = "--client", description = "Does not ask the controller.")
    private boolean clientOnly;

    @Mixin private OutputOptions output = new OutputOptions();

    @Spec private CommandSpec command = CommandSpec.create();

    @Override
    public Integer call() {
        Output out = output.to(command);
        if (clientOnly || !Files.exists(Credential.usualFolder())) {
            out.show(
                    VersionResponse.newBuilder().setVersion(Version.current()).build(),
                    () -> out.line("davit " + Version.current()));
            return ExitCode.OK;
        }
        VersionResponse answer =
                Ask.controller(connection ->
                        connection.controller().version(VersionRequest.getDefaultInstance()));
        out.show(
                answer,
                () -> {
                    out.line("davit " + Version.current());
                    out.line(
                            "controller %s, protocol %d, epoch %d"
                                    .formatted(
                                            answer.getVersion(),
                                            answer.getProtocol(),
                                            answer.getEpoch()));
                    if (answer.getAgentsCount() > 0) {
                        out.line(
                                "agents "
                                        + answer.getAgentsList().stream()
                                                .map(each ->
                                                        "%s on %d hosts"
                                                                .formatted(
                                                                        each.getVersion(),
                                                                        each.getHosts()))
                                                .collect(Collectors.joining(", ")));
                    }
                });
        return ExitCode.OK;
    }
}
