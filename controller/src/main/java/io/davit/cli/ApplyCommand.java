package io.davit.cli;

import com.google.protobuf.ByteString;
import io.davit.cli.view.PlanText;
import io.davit.proto.operator.v1.ApplyRequest;
import io.davit.proto.operator.v1.ApplyResponse;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Makes it so, and shows how it goes. */
@Command(
        name = "apply",
        description =
                "Brings the cluster to what the spec says, and shows how it goes. Ctrl-C detaches;"
                        + " the operation goes on.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  davit apply -f cluster.yaml",
            "  davit apply -f cluster.yaml --detach",
            "  davit apply -f cluster.yaml --yes --unreachable worker-3"
        })
final class ApplyCommand implements Callable<Integer> {

    @Option(
            names = {"-f", "--file"},
            required = true,
            paramLabel = "FILE",
            description = "The cluster's spec; - for standard input.")
    private String file = "";

    @Option(
            names = "--allow-downtime",
            description =
                    "Accept that a service which stands alone (one-member etcd, only server) is"
                            + " away meanwhile.")
    private boolean allowDowntime;

    @Option(
            names = "--plan-digest",
            paramLabel = "DIGEST",
            description =
                    "Refuse if the plan is no longer the one with this digest (davit plan -o"
                            + " json).")
    private String planDigest = "";

    @Option(
            names = "--rotate-agent-token",
            description =
                    "Servers and workers get another agent token, for which each restarts k3s, one"
                            + " server at a time; the old one opens nothing any more.")
    private boolean rotateAgentToken;

    @Mixin private RemovalOptions removal = new RemovalOptions();

    @Mixin private OutputOptions output = new OutputOptions();

    @Mixin private StartOptions start = new StartOptions();

    @Spec private CommandSpec command = CommandSpec.create();

    @Override
    public Integer call() {
        try (Connection connection = Connection.usual()) {
            return apply(connection);
        }
    }

    private int apply(Connection controller) {
        var request =
                ApplyRequest.newBuilder()
                        .setSpecYaml(ByteString.copyFrom(SpecFile.read(file)))
                        .setFileName(SpecFile.shown(file))
                        .setAllowDowntime(allowDowntime)
                        .setForceDrain(removal.forceDrain())
                        .addAllUnreachable(removal.unreachable())
                        .setRotateAgentToken(rotateAgentToken)
                        .setPlanDigest(planDigest)
                        .setIdempotencyKey(UUID.randomUUID().toString())
                        .build();
        Output out = output.to(command);
        ApplyResponse answer = ask(controller, request);
        if (answer.getOperationId().isEmpty() && answer.getPlan().getRemovalsCount() > 0) {
            var asked = Asked.removals(out, answer.getPlan(), removal.yes(), "yes", "--yes");
            if (asked.isEmpty()) {
                return ExitCode.FAILED;
            }
            answer =
                    ask(
                            controller,
                            request.toBuilder()
                                    .setPlanDigest(answer.getPlan().getDigest())
                                    .addAllRemovals(asked)
                                    .build());
        }
        return show(controller, answer, out);
    }

    private static ApplyResponse ask(Connection controller, ApplyRequest request) {
        return controller.ask(c -> c.clusters().apply(request));
    }

    private int show(Connection controller, ApplyResponse answer, Output out) {
        if (answer.getProblemsCount() > 0) {
            out.show(
                    answer,
                    () -> out.line(PlanText.problems(answer.getProblemsList()).stripTrailing()));
            return ExitCode.FAILED;
        }
        if (answer.getRefusedCount() > 0) {
            out.show(answer, () -> out.line(PlanText.refused(answer.getRefusedList())));
            return ExitCode.FAILED;
        }
        if (answer.getOperationId().isEmpty()) {
            out.show(
                    answer,
                    () -> {
                        out.line(PlanText.of(answer.getPlan()).stripTrailing());
                        LastWords.tell(out, controller, answer.getPlan().getCluster());
                    });
            return ExitCode.OK;
        }
        return start.follow(answer.getOperationId(), answer, controller, out);
    }
}
