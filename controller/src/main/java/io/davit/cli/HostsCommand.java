package io.davit.cli;

import io.davit.cli.view.PlanText;
import io.davit.proto.operator.v1.Host;
import io.davit.proto.operator.v1.HostReply;
import io.davit.proto.operator.v1.HostRequest;
import io.davit.proto.operator.v1.ListHostsRequest;
import io.davit.proto.operator.v1.ListHostsResponse;
import io.davit.proto.operator.v1.RemoveHostsRequest;
import io.davit.proto.operator.v1.RemoveHostsResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Hosts: without a subcommand, their list. */
@Command(
        name = "hosts",
        description = "Lists hosts; approves or removes one.",
        subcommands = {
            HostsCommand.ListHosts.class,
            HostsCommand.Approve.class,
            HostsCommand.Remove.class
        },
        footerHeading = "%nExamples:%n",
        footer = {"  davit hosts", "  davit hosts -o json", "  davit hosts approve 3f9a01c2"})
final class HostsCommand implements Callable<Integer> {

    @Mixin private OutputOptions output = new OutputOptions();

    @Spec private CommandSpec command = CommandSpec.create();

    @Override
    public Integer call() {
        return list(output.to(command));
    }

    private static int list(Output out) {
        ListHostsResponse answer =
                Ask.controller(connection ->
                        connection.hosts().list(ListHostsRequest.getDefaultInstance()));
        out.show(answer, () -> table(out, answer));
        return ExitCode.OK;
    }

    private static void table(Output out, ListHostsResponse answer) {
        if (answer.getHostsCount() == 0) {
            out.line("no hosts yet; make a token with davit token create");
            return;
        }
        var rows = new ArrayList<List<String>>();
        for (Host host : answer.getHostsList()) {
            rows.add(
                    List.of(
                            host.getHostId().substring(0, Math.min(12, host.getHostId().length())),
                            host.getHostname(),
                            host.getAddress().isEmpty() ? "-" : host.getAddress(),
                            host.getState(),
                            host.getConnected() ? "connected" : "away",
                            Times.relative(host.getLastSeen(), Instant.now()),
                            host.getNameInCluster().isEmpty()
                                    ? host.getCluster()
                                    : host.getCluster() + "/" + host.getNameInCluster(),
                            host.getFingerprintWords()));
        }
        out.table(
                List.of(
                        "HOST",
                        "HOSTNAME",
                        "ADDRESS",
                        "STATE",
                        "SESSION",
                        "SEEN",
                        "CLUSTER",
                        "FINGERPRINT"),
                rows);
        for (Host host : answer.getHostsList()) {
            for (String warning : host.getWarningsList()) {
                out.line("! " + host.getHostname() + ": " + warning);
            }
        }
    }

    @Command(
            name = "list",
            description = "Lists hosts.",
            footerHeading = "%nExamples:%n",
            footer = {"  davit hosts list"})
    static final class ListHosts implements Callable<Integer> {

        @Mixin private OutputOptions output = new OutputOptions();

        @Spec private CommandSpec command = CommandSpec.create();

        @Override
        public Integer call() {
            return list(output.to(command));
        }
    }

    @Command(
            name = "approve",
            description = "Accepts a host that waits. Compare its fingerprint words first.",
            footerHeading = "%nExamples:%n",
            footer = {"  davit hosts approve 3f9a01c2"})
    static final class Approve implements Callable<Integer> {

        @Parameters(paramLabel = "HOST", description = "The host's id, or its first digits.")
        private String host = "";

        @Mixin private OutputOptions output = new OutputOptions();

        @Spec private CommandSpec command = CommandSpec.create();

        @Override
        public Integer call() {
            Output out = output.to(command);
            HostReply answer =
                    Ask.controller(connection ->
                            connection
                                    .hosts()
                                    .approve(HostRequest.newBuilder().setHostId(host).build()));
            out.show(
                    answer,
                    () ->
                            out.line(
                                    "host %s (%s) is %s"
                                            .formatted(
                                                    answer.getHost().getHostId(),
                                                    answer.getHost().getHostname(),
                                                    answer.getHost().getState())));
            return ExitCode.OK;
        }
    }

    @Command(
            name = "remove",
            description =
                    "Ends what is known of a host that is in no cluster; takes members of a pool"
                            + " out of their cluster.",
            footerHeading = "%nExamples:%n",
            footer = {
                "  davit hosts remove 3f9a01c2",
                "  davit hosts remove web-1f0c22ab web-77ab0e19",
                "  davit hosts remove web-1f0c22ab --unreachable web-1f0c22ab --yes"
            })
    static final class Remove implements Callable<Integer> {

        @Parameters(
                paramLabel = "HOST",
                arity = "1..*",
                description =
                        "A host's id, or its first digits; or names of members of one cluster's"
                                + " pools.")
        private List<String> hosts = List.of();

        @Mixin private RemovalOptions removals = new RemovalOptions();

        @Option(
                names = "--allow-downtime",
                description =
                        "With --unreachable: accept that the only server restarts, for another"
                                + " agent token.")
        private boolean allowDowntime;

        @Mixin private OutputOptions output = new OutputOptions();

        @Mixin private StartOptions start = new StartOptions();

        @Spec private CommandSpec command = CommandSpec.create();

        @Override
        public Integer call() {
            boolean ids = hosts.stream().allMatch(host -> host.matches("[0-9a-f]+"));
            if (!ids) {
                try (Connection connection = Connection.usual()) {
                    return removeMembers(connection);
                }
            }
            if (hosts.size() > 1) {
                throw new CliException(
                        ExitCode.USAGE,
                        "cannot remove more than one host by its id",
                        "once for each: davit hosts remove " + hosts.getFirst());
            }
            return removeHost(hosts.getFirst());
        }

        private int removeHost(String host) {
            Output out = output.to(command);
            HostReply answer =
                    Ask.controller(connection ->
                            connection
                                    .hosts()
                                    .remove(HostRequest.newBuilder().setHostId(host).build()));
            out.show(
                    answer,
                    () ->
                            out.line(
                                    "host %s (%s) is removed; its certificate is refused from now on"
                                            .formatted(
                                                    answer.getHost().getHostId(),
                                                    answer.getHost().getHostname())));
            return ExitCode.OK;
        }

        private int removeMembers(Connection controller) {
            Output out = output.to(command);
            var request =
                    RemoveHostsRequest.newBuilder()
                            .addAllHosts(hosts)
                            .setAllowDowntime(allowDowntime)
                            .setForceDrain(removals.forceDrain())
                            .addAllUnreachable(removals.unreachable())
                            .build();
            RemoveHostsResponse answer = ask(controller, request);
            if (answer.getOperationId().isEmpty() && answer.getRefusedCount() == 0) {
                var asked =
                        Asked.removals(
                                out,
                                answer.getPlan(),
                                removals.yes(),
                                "yes",
                                "davit hosts remove with --yes");
                if (asked.isEmpty()) {
                    return ExitCode.FAILED;
                }
                answer = ask(controller, request.toBuilder().addAllRemovals(asked).build());
            }
            if (answer.getRefusedCount() > 0) {
                var refused = answer;
                out.show(refused, () -> out.line(PlanText.refused(refused.getRefusedList())));
                return ExitCode.FAILED;
            }
            return start.follow(answer.getOperationId(), answer, controller, out);
        }

        private static RemoveHostsResponse ask(Connection controller, RemoveHostsRequest request) {
            return controller.ask(c -> c.clusters().removeHosts(request));
        }
    }
}
