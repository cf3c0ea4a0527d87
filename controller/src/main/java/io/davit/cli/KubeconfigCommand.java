package io.davit.cli;

import com.google.protobuf.util.Durations;
import io.davit.cli.kubeconfig.Access;
import io.davit.cli.kubeconfig.EndpointCheck;
import io.davit.cli.kubeconfig.KubeconfigFile;
import io.davit.cli.kubeconfig.KubeconfigFile.Content;
import io.davit.cli.kubeconfig.KubeconfigFile.LockedException;
import io.davit.cli.kubeconfig.KubeconfigMerge;
import io.davit.cli.kubeconfig.KubeconfigMerge.Merged;
import io.davit.cli.kubeconfig.UnreadableKubeconfigException;
import io.davit.cli.view.OperationTimes;
import io.davit.cli.view.SafeText;
import io.davit.controller.disk.OpenFolder.LinkRefusedException;
import io.davit.proto.operator.v1.KubeconfigRequest;
import io.davit.proto.operator.v1.KubeconfigResponse;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Gives an administrator of a cluster a kubeconfig: printed, as a file, or merged into one. */
@Command(
        name = "kubeconfig",
        description = {
            "Makes a kubeconfig with a new client certificate and prints it, or writes it to a"
                    + " file for its owner alone (0600). Cluster, user and context are named"
                    + " after the cluster.",
            "The certificate cannot be revoked, only left to expire; the controller records it.",
            "Then one call to the API tries it from here; a failure is a warning that names the"
                    + " step."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  davit kubeconfig prod -f ~/.kube/prod",
            "  davit kubeconfig prod --merge --use",
            "  davit kubeconfig prod --life 1d --merge ~/.kube/team"
        })
final class KubeconfigCommand implements Callable<Integer> {

    private static final Duration LONGEST_LIFE = Duration.ofDays(365);
    private static final Duration CHECK_DEADLINE = Duration.ofSeconds(5);
    private static final String USUAL = "\u0000usual";

    @Parameters(paramLabel = "CLUSTER", description = "The cluster's name.")
    private String cluster = "";

    @Option(
            names = "--life",
            paramLabel = "TIME",
            description = "Life of the certificate: 12h, 30d (default: 30d, at most 365d).",
            defaultValue = "30d")
    private String life = "30d";

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "Writes this file anew; what was there stays as FILE.bak.")
    private Optional<Path> file = Optional.empty();

    @Option(
            names = "--merge",
            paramLabel = "FILE",
            arity = "0..1",
            fallbackValue = USUAL,
            description =
                    "Puts it into this file (default: the first of $KUBECONFIG, else"
                            + " ~/.kube/config). What carries the cluster's name is replaced, all"
                            + " else stays, except that comments may get lost. What was there is"
                            + " kept as FILE.bak.")
    private Optional<String> merge = Optional.empty();

    @Option(names = "--use", description = "With --merge: makes it the current context.")
    private boolean use;

    @Option(names = "--no-check", description = "Does not try it.")
    private boolean unchecked;

    @Mixin private OutputOptions output = new OutputOptions();

    @Spec private CommandSpec command = CommandSpec.create();

    @Override
    public Integer call() throws InterruptedException {
        var lifetime = lifetime();
        if (file.isPresent() && merge.isPresent()) {
            throw new CliException(
                    ExitCode.USAGE,
                    "cannot take both --file and --merge",
                    "--file writes a file anew, --merge keeps what is in it");
        }
        Output out = output.to(command);
        KubeconfigResponse answer;
        if (file.isEmpty() && merge.isEmpty()) {
            answer = ask(lifetime);
            out.show(answer, () -> out.line(answer.getKubeconfigYaml().stripTrailing()));
        } else {
            Path path = path();
            Written written = write(path, () -> ask(lifetime));
            answer = written.answer();
            // the key stands in the file and nowhere else
            out.show(
                    answer.toBuilder().clearKubeconfigYaml().build(),
                    () -> out.line(told(path, written)));
        }
        if (!unchecked) {
            check(answer, out);
        }
        return ExitCode.OK;
    }

    private KubeconfigResponse ask(Duration lifetime) {
        var request =
                KubeconfigRequest.newBuilder()
                        .setCluster(cluster)
                        .setLifetime(Durations.fromMillis(lifetime.toMillis()))
                        .build();
        return Ask.controller(connection -> connection.clusters().kubeconfig(request));
    }

    private Duration lifetime() {
        var lifetime = Times.parse(life);
        if (lifetime.isZero() || lifetime.compareTo(LONGEST_LIFE) > 0) {
            throw new CliException(
                    ExitCode.USAGE,
                    "cannot make a kubeconfig that lives " + life,
                    "give --life from 1s to 365d");
        }
        return lifetime;
    }

    private Path path() {
        return file.orElseGet(() ->
                merge.filter(named -> !named.equals(USUAL))
                        .map(Path::of)
                        .orElseGet(() ->
                                usualFile(
                                        Optional.ofNullable(System.getenv("KUBECONFIG")),
                                        Invoker.current().home())));
    }

    /** What was made, and how it went into the file. */
    record Written(KubeconfigResponse answer, Merged merged) {}

    /**
     * The certificate is asked for when the file is known to be one that can be written, and while
     * the controller is waited for nobody is kept from it.
     */
    Written write(Path path, Supplier<KubeconfigResponse> ask) {
        try {
            var kubeconfig = KubeconfigFile.at(path, Invoker.current().ownership());
            String now = kubeconfig.look();
            if (merge.isPresent()) {
                KubeconfigMerge.requireReadable(now);
            }
            var answer = ask.get();
            return kubeconfig.replace(there -> {
                var merged =
                        KubeconfigMerge.merge(
                                merge.isPresent() ? there : "",
                                answer.getKubeconfigYaml(),
                                cluster,
                                use);
                return new Content<>(merged.text(), new Written(answer, merged));
            });
        } catch (LockedException e) {
            throw new CliException(
                    ExitCode.FAILED,
                    "cannot write " + path + ": something else writes it now: " + e.getMessage(),
                    "try again; if no kubectl runs, remove that file");
        } catch (UnreadableKubeconfigException e) {
            throw new CliException(
                    ExitCode.FAILED,
                    "cannot merge into %s%s: %s"
                            .formatted(
                                    path,
                                    e.line() > 0 ? ":" + e.line() : "",
                                    SafeText.of(String.valueOf(e.getMessage()))),
                    "it was left as it is; mend it there, or write another file with -f FILE");
        } catch (LinkRefusedException e) {
            throw new CliException(
                    ExitCode.FAILED,
                    "cannot write " + path + ": " + e.getMessage(),
                    "root follows no link that somebody else may have put there: name the file that"
                            + " it leads to, or run davit kubeconfig as its owner");
        } catch (IOException e) {
            throw new CliException(
                    ExitCode.FAILED,
                    "cannot write " + path + ": " + e,
                    "is the folder yours? Without -f and --merge the kubeconfig is printed");
        }
    }

    private String told(Path path, Written written) {
        var merged = written.merged();
        var until =
                OperationTimes.instant(written.answer().getNotAfter())
                        .truncatedTo(ChronoUnit.SECONDS);
        var text = new StringBuilder();
        text.append(
                "context %s is in %s, valid until %s (%s)"
                        .formatted(cluster, path, until, written.answer().getCommonName()));
        merged.replacedServer()
                .ifPresent(old ->
                        text.append(
                                "\nit led to %s before; that is in %s.bak".formatted(old, path)));
        text.append(
                merged.currentContext().equals(cluster)
                        ? ""
                        : "\nthe current context is still %s; --use changes that"
                                .formatted(merged.currentContext()));
        return text.toString();
    }

    /** The file that kubectl changes. */
    static Path usualFile(Optional<String> kubeconfigVariable, Path home) {
        return kubeconfigVariable.stream()
                .flatMap(list -> Arrays.stream(list.split(":")))
                .filter(path -> !path.isBlank())
                .findFirst()
                .map(Path::of)
                .orElseGet(() -> home.resolve(".kube/config"));
    }

    private void check(KubeconfigResponse answer, Output out) throws InterruptedException {
        EndpointCheck.Finding finding;
        Access access;
        try {
            access = Access.of(answer.getKubeconfigYaml(), cluster);
            finding = new EndpointCheck(CHECK_DEADLINE).of(access);
        } catch (UnreadableKubeconfigException e) {
            throw new IllegalStateException("the controller's kubeconfig cannot be read", e);
        }
        PrintWriter err = command.commandLine().getErr();
        if (!finding.works()) {
            err.println("warning: " + SafeText.of(finding.text()));
            err.println("  → " + finding.remedy());
        } else if (!output.json() && (file.isPresent() || merge.isPresent())) {
            out.line("tried: %s answers, %s".formatted(access.server(), finding.text()));
        }
        err.flush();
    }
}
