package io.davit.cli;

import io.davit.proto.operator.v1.Artifact;
import io.davit.proto.operator.v1.FetchArtifactsRequest;
import io.davit.proto.operator.v1.FetchArtifactsResponse;
import io.davit.proto.operator.v1.ListArtifactsRequest;
import io.davit.proto.operator.v1.ListArtifactsResponse;
import io.davit.proto.operator.v1.RemoveArtifactsRequest;
import io.davit.proto.operator.v1.RemoveArtifactsResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The files that the controller holds for hosts: without a subcommand, their list. */
@Command(
        name = "artifacts",
        description =
                "Lists the files that the controller holds; fetches or removes some, or makes and"
                        + " takes the bundle of a site without a network.",
        subcommands = {
            ArtifactsCommand.Fetch.class,
            ArtifactsCommand.Remove.class,
            ArtifactsExportCommand.class,
            ArtifactsImportCommand.class
        },
        footerHeading = "%nExamples:%n",
        footer = {"  davit artifacts", "  davit artifacts fetch --k3s v1.34.1+k3s1"})
final class ArtifactsCommand implements Callable<Integer> {

    @Mixin private OutputOptions output = new OutputOptions();

    @Spec private CommandSpec command = CommandSpec.create();

    @Override
    public Integer call() {
        Output out = output.to(command);
        ListArtifactsResponse answer =
                Ask.controller(connection ->
                        connection.artifacts().list(ListArtifactsRequest.getDefaultInstance()));
        out.show(answer, () -> table(out, answer.getArtifactsList(), "none yet"));
        return ExitCode.OK;
    }

    static void table(Output out, List<Artifact> artifacts, String none) {
        if (artifacts.isEmpty()) {
            out.line(none);
            return;
        }
        var rows = new ArrayList<List<String>>();
        for (Artifact a : artifacts) {
            rows.add(
                    List.of(
                            a.getArtifact().isEmpty() ? "(not known)" : a.getArtifact(),
                            a.getVersion().isEmpty() ? "-" : a.getVersion(),
                            a.getArch().isEmpty() ? "-" : a.getArch(),
                            String.format(Locale.ROOT, "%.1f MiB", a.getSizeBytes() / 1048576.0),
                            a.getSha256().substring(0, Math.min(16, a.getSha256().length())),
                            Times.relative(a.getSince(), Instant.now()),
                            a.getClustersCount() == 0
                                    ? "-"
                                    : String.join(",", a.getClustersList())));
        }
        out.table(
                List.of("ARTIFACT", "VERSION", "ARCH", "SIZE", "SHA-256", "SINCE", "CLUSTERS"),
                rows);
        for (Artifact a : artifacts) {
            if (a.getPackagesCount() > 0) {
                out.line(
                        "%s %s: %s"
                                .formatted(
                                        a.getVersion(),
                                        a.getArch(),
                                        new TreeMap<>(a.getPackagesMap())
                                                .entrySet().stream()
                                                        .map(p -> p.getKey() + " " + p.getValue())
                                                        .collect(Collectors.joining(", "))));
            }
        }
    }

    @Command(
            name = "fetch",
            description =
                    "Fetches a release ahead of a plan that needs it, each file held to its"
                            + " published SHA-256.",
            footerHeading = "%nExamples:%n",
            footer = {
                "  davit artifacts fetch --k3s v1.34.1+k3s1",
                "  davit artifacts fetch --k3s v1.34.1+k3s1 --arch amd64,arm64"
            })
    static final class Fetch implements Callable<Integer> {

        @Option(
                names = "--k3s",
                required = true,
                paramLabel = "VERSION",
                description = "K3s version: v1.34.1+k3s1 (davit versions lists them).")
        private String k3s = "";

        @Option(
                names = "--etcd",
                paramLabel = "VERSION",
                description = "etcd version (default: the one that goes with this K3s).")
        private String etcd = "";

        @Option(
                names = "--arch",
                paramLabel = "ARCH",
                split = ",",
                description =
                        "amd64, arm64 (default: those of the hosts that are known, else amd64).")
        private List<String> archs = List.of();

        @Mixin private OutputOptions output = new OutputOptions();

        @Spec private CommandSpec command = CommandSpec.create();

        @Override
        public Integer call() {
            var request =
                    FetchArtifactsRequest.newBuilder()
                            .setK3SVersion(k3s)
                            .setEtcdVersion(etcd)
                            .addAllArchs(archs)
                            .build();
            FetchArtifactsResponse answer =
                    Ask.controller(connection -> connection.artifacts().fetch(request));
            Output out = output.to(command);
            out.show(answer, () -> table(out, answer.getArtifactsList(), "nothing is published"));
            return ExitCode.OK;
        }
    }

    @Command(
            name = "remove",
            description =
                    "Removes a file, or all that no cluster needs. What a cluster needs stays.",
            footerHeading = "%nExamples:%n",
            footer = {"  davit artifacts remove --unused", "  davit artifacts remove 4f0e2a91"})
    static final class Remove implements Callable<Integer> {

        @Parameters(
                arity = "0..1",
                paramLabel = "SHA256",
                description = "The file's SHA-256, or at least its first 8 digits.")
        private String sha256 = "";

        @Option(names = "--unused", description = "All files that no cluster needs.")
        private boolean unused;

        @Mixin private OutputOptions output = new OutputOptions();

        @Spec private CommandSpec command = CommandSpec.create();

        @Override
        public Integer call() {
            if (unused != sha256.isEmpty()) {
                throw new CliException(
                        ExitCode.USAGE,
                        "cannot remove artifacts: want either a SHA-256 or --unused",
                        "davit artifacts lists them");
            }
            var request =
                    RemoveArtifactsRequest.newBuilder().setSha256(sha256).setUnused(unused).build();
            RemoveArtifactsResponse answer =
                    Ask.controller(connection -> connection.artifacts().remove(request));
            Output out = output.to(command);
            out.show(
                    answer,
                    () -> {
                        table(out, answer.getArtifactsList(), "nothing to remove");
                        if (answer.getArtifactsCount() > 0) {
                            out.line("removed");
                        }
                    });
            return ExitCode.OK;
        }
    }
}
