package io.davit.cli;

import io.davit.cli.view.PlanText;
import io.davit.proto.operator.v1.ClusterSummary;
import io.davit.proto.operator.v1.ListClustersRequest;
import io.davit.proto.operator.v1.ListClustersResponse;
import io.davit.proto.operator.v1.RemoveClusterRequest;
import io.davit.proto.operator.v1.RemoveClusterResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Clusters: without a subcommand, their list. */
@Command(
        name = "clusters",
        description = "Lists clusters; takes one down.",
        subcommands = {ClustersCommand.ListClusters.class, ClustersCommand.Remove.class},
        footerHeading = "%nExamples:%n",
        footer = {"  davit clusters", "  davit clusters -o json"})
final class ClustersCommand implements Callable<Integer> {

    @Mixin private OutputOptions output = new OutputOptions();

    @Spec private CommandSpec command = CommandSpec.create();

    @Override
    public Integer call() {
        return list(output.to(command));
    }

    private static int list(Output out) {
        ListClustersResponse answer =
                Ask.controller(connection ->
                        connection.clusters().list(ListClustersRequest.getDefaultInstance()));
        out.show(answer, () -> table(out, answer));
        return ExitCode.OK;
    }

    private static void table(Output out, ListClustersResponse answer) {
        if (answer.getClustersCount() == 0) {
            out.line("no clusters yet; make one with davit apply");
            return;
        }
        var rows = new ArrayList<List<String>>();
        for (ClusterSummary cluster : answer.getClustersList()) {
            rows.add(
                    List.of(
                            cluster.getName(),
                            String.valueOf(cluster.getGeneration()),
                            String.valueOf(cluster.getHosts()),
                            cluster.getK3SVersion(),
                            cluster.getEtcdVersion(),
                            cluster.getRunningOperation().isEmpty()
                                    ? "-"
                                    : cluster.getRunningOperation()));
        }
        out.table(List.of("CLUSTER", "GENERATION", "HOSTS", "K3S", "ETCD", "OPERATION"), rows);
    }

    @Command(
            name = "list",
            description = "Lists clusters.",
            footerHeading = "%nExamples:%n",
            footer = {"  davit clusters list"})
    static final class ListClusters implements Callable<Integer> {

        @Mixin private OutputOptions output = new OutputOptions();

        @Spec private CommandSpec command = CommandSpec.create();

        @Override
        public Integer call() {
            return list(output.to(command));
        }
    }

    @Command(
            name = "remove",
            description =
                    "Takes a cluster down: all its services end, its hosts return to unassigned."
                            + " There is no drain and no way back.",
            footerHeading = "%nExamples:%n",
            footer = {
                "  davit clusters remove test --destroy-data",
                "  davit clusters remove test --keep-data --yes-remove test"
            })
    static final class Remove implements Callable<Integer> {

        @Parameters(paramLabel = "NAME", description = "The cluster's name.")
        private String name = "";

        @ArgGroup(multiplicity = "1")
        private Data data = new Data();

        @Option(
                names = "--yes-remove",
                paramLabel = "NAME",
                description = "The cluster's name once more, instead of typing it when asked.")
        private String approved = "";

        @Option(
                names = "--unreachable",
                paramLabel = "HOST",
                description =
                        "Give this host up: it is away and never comes back. May be given more than"
                                + " once.")
        private List<String> unreachable = new ArrayList<>();

        @Mixin private OutputOptions output = new OutputOptions();

        @Mixin private StartOptions start = new StartOptions();

        @Spec private CommandSpec command = CommandSpec.create();

        /** One of the two is needed. */
        static final class Data {
            @Option(
                    names = "--keep-data",
                    description =
                            "Leave etcd's and k3s' data on the disks, and keep the cluster's keys"
                                    + " and tokens, sealed, at the controller.")
            private boolean keep;

            @Option(
                    names = "--destroy-data",
                    description =
                            "Destroy etcd's and k3s' data on the disks, and the cluster's keys and"
                                    + " tokens at the controller.")
            private boolean destroy;
        }

        @Override
        public Integer call() {
            try (Connection connection = Connection.usual()) {
                return remove(connection);
            }
        }

        private int remove(Connection controller) {
            if (!approved.isEmpty() && !approved.equals(name)) {
                throw new CliException(
                        ExitCode.USAGE,
                        "cannot remove cluster %s: --yes-remove names %s".formatted(name, approved),
                        "give the same name twice");
            }
            Output out = output.to(command);
            var request =
                    RemoveClusterRequest.newBuilder()
                            .setCluster(name)
                            .setKeepData(data.keep)
                            .setDestroyData(data.destroy)
                            .addAllUnreachable(unreachable)
                            .build();
            RemoveClusterResponse answer = ask(controller, request);
            if (answer.getOperationId().isEmpty() && answer.getRefusedCount() == 0) {
                var asked =
                        Asked.removals(
                                out,
                                answer.getPlan(),
                                !approved.isEmpty(),
                                name,
                                "--yes-remove " + name);
                if (asked.isEmpty()) {
                    return ExitCode.FAILED;
                }
                answer = ask(controller, request.toBuilder().addAllRemovals(asked).build());
            }
            return show(controller, answer, out);
        }

        private static RemoveClusterResponse ask(
                Connection controller, RemoveClusterRequest request) {
            return controller.ask(c -> c.clusters().remove(request));
        }

        private int show(Connection controller, RemoveClusterResponse answer, Output out) {
            if (answer.getRefusedCount() > 0) {
                out.show(answer, () -> out.line(PlanText.refused(answer.getRefusedList())));
                return ExitCode.FAILED;
            }
            return start.follow(answer.getOperationId(), answer, controller, out);
        }
    }
}
