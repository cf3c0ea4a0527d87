package io.davit.cli;

import io.davit.cli.view.WhyText;
import io.davit.proto.operator.v1.WhyRequest;
import io.davit.proto.operator.v1.WhyResponse;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What it waits for or lacks, what is behind it, what to do. */
@Command(
        name = "why",
        description =
                "Tells what a host, a cluster or an operation waits for or lacks: the probe, the"
                    + " last error, the last lines of the log, the deadline; and what is known to"
                    + " be behind it, with a remedy.",
        footerHeading = "%nExamples:%n",
        footer = {"  davit why prod", "  davit why prod/worker-3", "  davit why 3f9a01c2"})
final class WhyCommand implements Callable<Integer> {

    @Parameters(
            paramLabel = "HOST|CLUSTER|OPERATION",
            description =
                    "A host by its name, CLUSTER/NAME or the first digits of its id; a cluster's"
                            + " name; or an operation's id.")
    private String subject = "";

    @Mixin private OutputOptions output = new OutputOptions();

    @Spec private CommandSpec command = CommandSpec.create();

    @Override
    public Integer call() {
        WhyResponse answer =
                Ask.controller(connection ->
                        connection
                                .health()
                                .why(WhyRequest.newBuilder().setSubject(subject).build()));
        Output out = output.to(command);
        out.show(answer, () -> out.line(WhyText.of(answer).stripTrailing()));
        return ExitCode.OK;
    }
}
