package io.davit.cli;

import io.davit.cli.view.StatusText;
import io.davit.proto.operator.v1.StatusRequest;
import io.davit.proto.operator.v1.StatusResponse;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** One screen: what is well, what is not, what may still fail. */
@Command(name = "status", description = "Shows the health of clusters and their hosts, asked now.")
final class StatusCommand implements Callable<Integer> {

    @Parameters(
            arity = "0..1",
            paramLabel = "CLUSTER",
            description = "Only this one.",
            defaultValue = "")
    private String cluster = "";

    @Mixin private OutputOptions output = new OutputOptions();

    @Spec private CommandSpec command = CommandSpec.create();

    @Override
    public Integer call() {
        StatusResponse answer =
                Ask.controller(connection ->
                        connection
                                .clusters()
                                .status(StatusRequest.newBuilder().setCluster(cluster).build()));
        Output out = output.to(command);
        out.show(answer, () -> out.line(StatusText.of(answer.getClustersList()).stripTrailing()));
        return ExitCode.OK;
    }
}
