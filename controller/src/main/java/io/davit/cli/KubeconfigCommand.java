package io.davit.cli;

import com.google.protobuf.Duration;
import io.davit.proto.operator.v1.KubeconfigRequest;
import io.davit.proto.operator.v1.KubeconfigResponse;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints a kubeconfig for an administrator of the cluster. */
@Command(
        name = "kubeconfig",
        description =
                "Prints a kubeconfig with a new client certificate. It cannot be revoked; the"
                        + " controller records it.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  umask 077; davit kubeconfig prod > ~/.kube/prod",
            "  davit kubeconfig prod --days 1"
        })
final class KubeconfigCommand implements Callable<Integer> {

    private static final int SECONDS_A_DAY = 86_400;

    @Parameters(paramLabel = "CLUSTER", description = "The cluster's name.")
    private String cluster = "";

    @Option(
            names = "--days",
            description =
                    "Life of the certificate in days (default: ${DEFAULT-VALUE}, at most 365).",
            defaultValue = "30")
    private int days = 30;

    @Mixin private OutputOptions output = new OutputOptions();

    @Spec private CommandSpec command = CommandSpec.create();

    @Override
    public Integer call() {
        if (days < 1 || days > 365) {
            throw new CliException(
                    ExitCode.USAGE,
                    "cannot make a kubeconfig for " + days + " days",
                    "give 1 to 365");
        }
        var request =
                KubeconfigRequest.newBuilder()
                        .setCluster(cluster)
                        .setLifetime(Duration.newBuilder().setSeconds((long) days * SECONDS_A_DAY))
                        .build();
        KubeconfigResponse answer =
                Ask.controller(connection -> connection.clusters().kubeconfig(request));
        Output out = output.to(command);
        out.show(answer, () -> out.line(answer.getKubeconfigYaml().stripTrailing()));
        return ExitCode.OK;
    }
}
