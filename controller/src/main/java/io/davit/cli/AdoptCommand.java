package io.davit.cli;

import io.davit.cli.view.PlanText;
import io.davit.proto.operator.v1.AdoptedHost;
import io.davit.proto.operator.v1.ConfirmRequest;
import io.davit.proto.operator.v1.ConfirmResponse;
import io.davit.proto.operator.v1.DifferencesRequest;
import io.davit.proto.operator.v1.DifferencesResponse;
import java.io.Console;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "adopt",
        description =
                "Lists what differs between a restored controller's state and what is found; with"
                        + " --confirm takes the state as the right one and leaves adopt mode.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  davit adopt",
            "  davit adopt --confirm",
            "  davit adopt --confirm --without web-3"
        })
final class AdoptCommand implements Callable<Integer> {

    @Option(names = "--confirm", description = "Leaves adopt mode; the controller starts anew.")
    private boolean confirm;

    @Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    @Option(
            names = "--without",
            paramLabel = "HOST",
            arity = "1..*",
            description = "Hosts that are away and need not be waited for.")
    private List<String> without = List.of();

    @Mixin private OutputOptions output = new OutputOptions();

    @Spec private CommandSpec command = CommandSpec.create();

    @Override
    public Integer call() {
        Output out = output.to(command);
        return confirm ? confirm(out) : list(out);
    }

    private int list(Output out) {
        DifferencesResponse answer =
                Ask.controller(connection ->
                        connection.adoption().differences(DifferencesRequest.getDefaultInstance()));
        out.show(answer, () -> print(answer, out));
        return ExitCode.OK;
    }

    private static void print(DifferencesResponse answer, Output out) {
        out.line(
                "This controller was restored from a backup of %s, epoch %d. It touches no host."
                        .formatted(
                                Instant.ofEpochSecond(answer.getBackedUpAt().getSeconds()),
                                answer.getEpoch()));
        out.line("");
        var rows = new ArrayList<List<String>>();
        for (AdoptedHost host : answer.getHostsList()) {
            rows.add(
                    List.of(
                            host.getHostId().substring(0, 8),
                            host.getHostname(),
                            host.getCluster().isEmpty()
                                    ? "-"
                                    : host.getCluster() + "/" + host.getNameInCluster(),
                            host.getConnected() ? "connected" : "away",
                            host.getConnected() ? Long.toString(host.getHighestEpoch()) : "?"));
        }
        out.table(List.of("HOST", "HOSTNAME", "CLUSTER", "SESSION", "OBEYED EPOCH"), rows);
        answer.getHostsList().stream()
                .filter(host -> !host.getProblem().isEmpty())
                .forEach(host -> out.line("! " + host.getHostname() + ": " + host.getProblem()));
        answer.getStrangersList()
                .forEach(stranger ->
                        out.line(
                                "! agent %s came %s and is refused: %s"
                                        .formatted(
                                                stranger.getHostId(),
                                                Times.relative(
                                                        stranger.getLastSeen(), Instant.now()),
                                                stranger.getWhy())));
        answer.getPlansList()
                .forEach(plan -> {
                    out.line("");
                    out.line(PlanText.of(plan).stripTrailing());
                });
        answer.getUnplannedList().forEach(why -> out.line("! no plan for cluster " + why));
        out.line("");
        out.line("What a backup cannot know:");
        answer.getUnknownList().forEach(sentence -> out.line("  - " + sentence));
        out.line("");
        out.line("next: davit adopt --confirm; it changes nothing on any host by itself");
    }

    private int confirm(Output out) {
        if (!yes) {
            ask();
        }
        ConfirmResponse answer =
                Ask.controller(connection ->
                        connection
                                .adoption()
                                .confirm(
                                        ConfirmRequest.newBuilder()
                                                .addAllWithout(without)
                                                .build()));
        out.show(
                answer,
                () ->
                        out.line(
                                "adopted; the controller starts anew with epoch "
                                        + answer.getEpoch()));
        return ExitCode.OK;
    }

    private static void ask() {
        Console console = System.console();
        if (console == null || !console.isTerminal()) {
            throw new CliException(
                    ExitCode.USAGE,
                    "cannot ask whether to adopt: this is no terminal",
                    "say it with --yes");
        }
        String said = console.readLine("Have you read davit adopt? Type adopt to go on: ");
        if (!"adopt".equals(said)) {
            throw new CliException(
                    ExitCode.FAILED,
                    "not adopted; nothing was changed",
                    "davit adopt lists what differs");
        }
    }
}
