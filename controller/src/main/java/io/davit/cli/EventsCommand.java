package io.davit.cli;

import com.google.protobuf.Duration;
import io.davit.proto.operator.v1.Event;
import io.davit.proto.operator.v1.EventsRequest;
import io.davit.proto.operator.v1.EventsResponse;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What happened, oldest first. */
@Command(
        name = "events",
        description =
                "Lists what happened: operations, what operators did, and, since the controller"
                        + " started, hosts that came and went, probes that failed and mended.",
        footerHeading = "%nExamples:%n",
        footer = {"  davit events --since 2h", "  davit events --cluster prod --since 7d"})
final class EventsCommand implements Callable<Integer> {

    @Option(
            names = "--cluster",
            paramLabel = "CLUSTER",
            description = "Only what is about it.",
            defaultValue = "")
    private String cluster = "";

    @Option(
            names = "--since",
            paramLabel = "LENGTH",
            description = "How far back, for instance 30m or 7d (default: 24h).",
            defaultValue = "24h")
    private String since = "24h";

    @Mixin private OutputOptions output = new OutputOptions();

    @Spec private CommandSpec command = CommandSpec.create();

    @Override
    public Integer call() {
        var request =
                EventsRequest.newBuilder()
                        .setCluster(cluster)
                        .setSince(Duration.newBuilder().setSeconds(Times.parse(since).toSeconds()))
                        .build();
        EventsResponse answer = Ask.controller(connection -> connection.health().events(request));
        Output out = output.to(command);
        out.show(
                answer,
                () ->
                        out.table(
                                List.of("WHEN", "KIND", "CLUSTER", "HOST", "WHO", "WHAT"),
                                answer.getEventsList().stream().map(EventsCommand::row).toList()));
        return ExitCode.OK;
    }

    private static List<String> row(Event event) {
        return List.of(
                Instant.ofEpochSecond(event.getAt().getSeconds()).toString(),
                event.getKind(),
                event.getCluster(),
                event.getHost(),
                event.getActor(),
                event.getRole().isEmpty()
                        ? event.getText()
                        : event.getRole() + " " + event.getText());
    }
}
