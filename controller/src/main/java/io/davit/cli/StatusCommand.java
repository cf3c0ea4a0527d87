package io.davit.cli;

import io.davit.cli.view.SafeText;
import io.davit.cli.view.StatusText;
import io.davit.proto.operator.v1.ClusterStatus;
import io.davit.proto.operator.v1.StatusRequest;
import io.davit.proto.operator.v1.StatusResponse;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** One screen: what is well, what is not, what may still fail. */
@Command(
        name = "status",
        description = "Shows the health of clusters and their hosts, asked now.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:every cluster is healthy, or waits for nothing but a CNI",
            "1:one is degraded, or the command itself failed where it must not",
            "2:one is down",
            "3:the controller refused",
            "64:the command line is wrong",
            "69:the controller cannot be reached"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  davit status",
            "  davit status prod --watch",
            "  davit status -o json | jq .clusters[].health"
        })
final class StatusCommand implements Callable<Integer> {

    private static final Duration PAUSE = Duration.ofSeconds(2);

    /** Cursor to the upper left corner, and everything below it away (ECMA-48: CUP, ED). */
    private static final String CLEAR = "\u001b[H\u001b[J";

    @Parameters(
            arity = "0..1",
            paramLabel = "CLUSTER",
            description = "Only this one.",
            defaultValue = "")
    private String cluster = "";

    @Option(
            names = {"-w", "--watch"},
            description = "Asks again every 2 s, until it is interrupted.")
    private boolean watch;

    @Mixin private OutputOptions output = new OutputOptions();

    @Spec private CommandSpec command = CommandSpec.create();

    @Override
    public Integer call() throws InterruptedException {
        StatusResponse answer = ask();
        if (!watch) {
            show(answer);
            return exitCode(answer);
        }
        boolean terminal = System.console() != null && !output.json();
        PrintWriter out = command.commandLine().getOut();
        String last = "";
        while (true) {
            String now = answer.getClustersList().stream().map(StatusCommand::gist).toList() + "";
            if (terminal) {
                out.print(CLEAR + SafeText.of(StatusText.of(answer)));
                out.flush();
            } else if (!now.equals(last)) {
                show(answer);
            }
            last = now;
            Thread.sleep(PAUSE);
            answer = ask();
        }
    }

    private StatusResponse ask() {
        return Ask.controller(connection ->
                connection
                        .clusters()
                        .status(StatusRequest.newBuilder().setCluster(cluster).build()));
    }

    private void show(StatusResponse answer) {
        Output out = output.to(command);
        out.show(answer, () -> out.line(StatusText.of(answer).stripTrailing()));
    }

    /** What makes another line worth printing where there is no terminal: no ages, no numbers. */
    private static String gist(ClusterStatus cluster) {
        return cluster.getName()
                + cluster.getHealth()
                + cluster.getProblemsList()
                + cluster.getRunningOperation()
                + cluster.getVirtualIp().getHoldersList()
                + cluster.getHostsList().stream()
                        .map(host ->
                                host.getConnection()
                                        + host.getRoleStatusList().stream()
                                                .map(role -> role.getStanding() + role.getDetail())
                                                .toList())
                        .toList();
    }

    static int exitCode(StatusResponse answer) {
        return answer.getClustersList().stream()
                .mapToInt(it ->
                        switch (it.getHealth()) {
                            case "down" -> ExitCode.DOWN;
                            case "degraded" -> ExitCode.DEGRADED;
                            default -> ExitCode.OK;
                        })
                .max()
                .orElse(ExitCode.OK);
    }
}
