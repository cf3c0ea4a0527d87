package io.davit.cli;

import io.davit.cli.view.VersionsText;
import io.davit.proto.operator.v1.VersionsRequest;
import io.davit.proto.operator.v1.VersionsResponse;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Which versions a cluster may have. */
@Command(
        name = "versions",
        description =
                "Lists K3s versions by channel and minor version, each with the etcd that goes with"
                        + " it, and who says so since when.",
        footerHeading = "%nExamples:%n",
        footer = {"  davit versions", "  davit versions -o json"})
final class VersionsCommand implements Callable<Integer> {

    @Mixin private OutputOptions output = new OutputOptions();

    @Spec private CommandSpec command = CommandSpec.create();

    @Override
    public Integer call() {
        VersionsResponse answer =
                Ask.controller(connection ->
                        connection.releases().versions(VersionsRequest.getDefaultInstance()));
        Output out = output.to(command);
        out.show(answer, () -> out.line(VersionsText.of(answer).stripTrailing()));
        return ExitCode.OK;
    }
}
