package io.davit.cli;

import com.google.protobuf.ByteString;
import io.davit.cli.view.PlanText;
import io.davit.proto.operator.v1.PlanRequest;
import io.davit.proto.operator.v1.PlanResponse;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows what apply would do; changes nothing anywhere. */
@Command(
        name = "plan",
        description =
                "Shows what apply would do, step by step, with reasons and diffs. Changes nothing.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  davit plan -f cluster.yaml",
            "  davit plan -f cluster.yaml -o json | jq .plan.steps"
        })
final class PlanCommand implements Callable<Integer> {

    @Option(
            names = {"-f", "--file"},
            required = true,
            paramLabel = "FILE",
            description = "The cluster's spec; - for standard input.")
    private String file = "";

    @Option(
            names = "--allow-downtime",
            description =
                    "Plan as if a person had accepted that a service which stands alone is away"
                            + " meanwhile.")
    private boolean allowDowntime;

    @Option(
            names = "--rotate-agent-token",
            description =
                    "Servers and workers get another agent token, for which each restarts k3s, one"
                            + " server at a time; the old one opens nothing any more.")
    private boolean rotateAgentToken;

    @Mixin private RemovalOptions removal = new RemovalOptions();

    @Mixin private OutputOptions output = new OutputOptions();

    @Spec private CommandSpec command = CommandSpec.create();

    @Override
    public Integer call() {
        var request =
                PlanRequest.newBuilder()
                        .setSpecYaml(ByteString.copyFrom(SpecFile.read(file)))
                        .setFileName(SpecFile.shown(file))
                        .setAllowDowntime(allowDowntime)
                        .setForceDrain(removal.forceDrain())
                        .addAllUnreachable(removal.unreachable())
                        .setRotateAgentToken(rotateAgentToken)
                        .build();
        PlanResponse answer = Ask.controller(connection -> connection.clusters().plan(request));
        Output out = output.to(command);
        out.show(
                answer,
                () ->
                        out.line(
                                answer.getProblemsCount() > 0
                                        ? PlanText.problems(answer.getProblemsList())
                                                .stripTrailing()
                                        : PlanText.of(answer.getPlan()).stripTrailing()));
        if (answer.getProblemsCount() > 0 || answer.getPlan().getBlockersCount() > 0) {
            return ExitCode.FAILED;
        }
        boolean changes =
                answer.getPlan().getStepsCount() > 0 || answer.getPlan().getNewBindingsCount() > 0;
        if (!changes && answer.getPlan().getAwayCount() > 0) {
            return ExitCode.FAILED; // incomplete: nobody can say whether there is something to do
        }
        return changes ? ExitCode.CHANGES : ExitCode.OK;
    }
}
