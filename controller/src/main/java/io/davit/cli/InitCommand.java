package io.davit.cli;

import io.davit.controller.pki.ControllerNames;
import io.davit.controller.serve.Initialization;
import io.davit.controller.serve.ServerConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "init",
        description = {
            "Makes a new controller on this machine: key file, certificates, state, configuration.",
            "Run it once, as root, before davit serve; it needs no network and overwrites nothing."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  davit init --name controller.example.test,192.0.2.10",
            "  davit init --name 192.0.2.10 --k3s-source /srv/k3s --etcd-source /srv/etcd"
        })
final class InitCommand implements Callable<Integer> {

    @Option(
            names = "--name",
            paramLabel = "NAME",
            required = true,
            split = ",",
            description =
                    "DNS names and addresses by which agents and operators reach the controller;"
                            + " the first stands in credentials.")
    private List<String> names = List.of();

    @Option(
            names = "--state",
            paramLabel = "DIR",
            defaultValue = "/var/lib/davit/controller",
            description = "State directory (default: ${DEFAULT-VALUE}).")
    private Path state = ServerConfig.DEFAULT_STATE;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            defaultValue = "/etc/davit/controller.yaml",
            description = "Configuration to write (default: ${DEFAULT-VALUE}).")
    private Path config = ServerConfig.DEFAULT_FILE;

    @Option(
            names = "--key-file",
            paramLabel = "FILE",
            defaultValue = "/etc/davit/controller.key",
            description = "Key file to write (default: ${DEFAULT-VALUE}).")
    private Path keyFile = Path.of("/etc/davit/controller.key");

    @Option(
            names = "--socket",
            paramLabel = "FILE",
            defaultValue = "/run/davit/admin.sock",
            description = "Socket for root on this host (default: ${DEFAULT-VALUE}).")
    private Path socket = ServerConfig.DEFAULT_SOCKET;

    @Mixin private OwnerOptions owner = new OwnerOptions();

    @Option(
            names = "--k3s-source",
            paramLabel = "URL|DIR",
            description = "Where k3s releases come from (default: upstream's releases).")
    private String k3sSource = "";

    @Option(
            names = "--etcd-source",
            paramLabel = "URL|DIR",
            description = "Where etcd releases come from (default: upstream's releases).")
    private String etcdSource = "";

    @Spec private CommandSpec command = CommandSpec.create();

    @Override
    public Integer call() {
        Map<String, String> sources = new HashMap<>();
        if (!k3sSource.isEmpty()) {
            sources.put("k3s", k3sSource);
        }
        if (!etcdSource.isEmpty()) {
            sources.put("etcd", etcdSource);
        }
        try {
            String pin =
                    Initialization.run(
                            new Initialization.Request(
                                    new ControllerNames(names),
                                    config.toAbsolutePath(),
                                    keyFile.toAbsolutePath(),
                                    state.toAbsolutePath(),
                                    socket.toAbsolutePath(),
                                    Optional.of(owner.ownership()),
                                    sources));
            Output out = new Output(command.commandLine().getOut(), Output.Format.text);
            out.line("made configuration " + config + ", key file " + keyFile + ", state " + state);
            out.line("root pin " + pin);
            out.line("not to lose it: davit backup FILE, kept on another machine");
            out.line("next: systemctl enable --now davit, then davit admin new NAME");
            return ExitCode.OK;
        } catch (IllegalArgumentException e) {
            throw new CliException(ExitCode.USAGE, String.valueOf(e.getMessage()), "");
        } catch (UserPrincipalNotFoundException e) {
            throw owner.missing("init");
        } catch (IOException e) {
            throw new CliException(
                    ExitCode.FAILED,
                    String.valueOf(e.getMessage()),
                    "davit doctor controller looks for what is in the way");
        }
    }
}
