package io.davit.cli;

import io.davit.cli.view.AgentsText;
import io.davit.common.Digests;
import io.davit.controller.serve.ServerConfig;
import io.davit.controller.serve.ServerConfigReader;
import io.davit.controller.serve.ServerConfigReader.BadConfigException;
import io.davit.controller.upgrade.AgentPackages;
import io.davit.proto.operator.v1.AgentsUpgradeReply;
import io.davit.proto.operator.v1.CancelAgentsUpgradeRequest;
import io.davit.proto.operator.v1.ImportAgentRequest;
import io.davit.proto.operator.v1.ImportAgentResponse;
import io.davit.proto.operator.v1.ListAgentsRequest;
import io.davit.proto.operator.v1.ListAgentsResponse;
import io.davit.proto.operator.v1.UpgradeAgentsRequest;
import io.davit.proto.operator.v1.UpgradeAgentsResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The agents' own builds: without a subcommand, what each host runs. */
@Command(
        name = "agents",
        description = "Shows which version each host's agent runs; upgrades agents.",
        subcommands = {
            AgentsCommand.Upgrade.class,
            AgentsCommand.Cancel.class,
            AgentsCommand.Import.class
        },
        footerHeading = "%nExamples:%n",
        footer = {"  davit agents", "  davit agents -o json"})
final class AgentsCommand implements Callable<Integer> {

    @Mixin private OutputOptions output = new OutputOptions();

    @Spec private CommandSpec command = CommandSpec.create();

    @Override
    public Integer call() {
        ListAgentsResponse answer =
                Ask.controller(connection ->
                        connection.agents().list(ListAgentsRequest.getDefaultInstance()));
        Output out = output.to(command);
        out.show(answer, () -> out.line(AgentsText.of(answer).stripTrailing()));
        return ExitCode.OK;
    }

    @Command(
            name = "upgrade",
            description = {
                "Replaces the agents' builds by the controller's own: one host, one more, then more"
                        + " at a time. Nothing that runs on the hosts is touched.",
                "A host whose new agent does not report in time goes back by itself; that ends the"
                        + " upgrade, and the others stay as they are. Ctrl-C ends the watching, not"
                        + " the upgrade."
            },
            exitCodeListHeading = "%nExit codes:%n",
            exitCodeList = {
                "0:every agent runs it",
                "3:it was refused, or ended otherwise",
                "64:wrong usage",
                "69:the controller cannot be reached"
            },
            footerHeading = "%nExamples:%n",
            footer = {
                "  davit agents upgrade",
                "  davit agents upgrade --host small/w1 --host small/w2",
                "  davit agents upgrade --version 0.1.3 --yes"
            })
    static final class Upgrade implements Callable<Integer> {

        @Option(
                names = "--host",
                paramLabel = "HOST",
                description =
                        "Only this host: its name, CLUSTER/NAME, or the first digits of its id. May"
                                + " be repeated.")
        private List<String> hosts = List.of();

        @Option(
                names = "--version",
                paramLabel = "VERSION",
                defaultValue = "",
                description =
                        "To this version, or this build, of those that davit agents lists (default:"
                                + " the controller's own).")
        private String version = "";

        @Option(
                names = "--again",
                description = "Also where this build was tried before and went back.")
        private boolean again;

        @Option(names = "--yes", description = "Begins without asking.")
        private boolean yes;

        @Mixin private OutputOptions output = new OutputOptions();

        @Spec private CommandSpec command = CommandSpec.create();

        @Override
        public Integer call() {
            Output out = output.to(command);
            try (Connection controller = Connection.usual()) {
                var request =
                        UpgradeAgentsRequest.newBuilder()
                                .addAllHosts(hosts)
                                .setVersion(version)
                                .setAgain(again)
                                .build();
                if (!yes) {
                    var would = ask(controller, request.toBuilder().setDryRun(true).build());
                    if (would.hasUpgrade() && !approved(out, would)) {
                        return ExitCode.FAILED;
                    }
                }
                var answer = ask(controller, request);
                if (answer.getRefusedCount() > 0) {
                    out.show(answer, () -> out.line(AgentsText.refused(answer)));
                    return ExitCode.FAILED;
                }
                if (!answer.hasUpgrade()) {
                    out.show(answer, () -> out.line("Nothing to do: every agent runs it."));
                    return ExitCode.OK;
                }
                return new AgentsWatch(out, controller).until(answer.getUpgrade().getId());
            }
        }

        private static UpgradeAgentsResponse ask(
                Connection controller, UpgradeAgentsRequest request) {
            return controller.ask(c -> c.agents().upgrade(request));
        }

        private static boolean approved(Output out, UpgradeAgentsResponse would) {
            return Asked.approved(
                    out,
                    AgentsText.would(would.getUpgrade()).stripTrailing(),
                    "yes",
                    "nobody has approved it",
                    "davit agents upgrade with --yes");
        }
    }

    @Command(
            name = "cancel",
            description = "Replaces no further agent; those on trial end theirs.",
            footerHeading = "%nExamples:%n",
            footer = "  davit agents cancel")
    static final class Cancel implements Callable<Integer> {

        @Mixin private OutputOptions output = new OutputOptions();

        @Spec private CommandSpec command = CommandSpec.create();

        @Override
        public Integer call() {
            AgentsUpgradeReply answer =
                    Ask.controller(connection ->
                            connection
                                    .agents()
                                    .cancel(CancelAgentsUpgradeRequest.getDefaultInstance()));
            Output out = output.to(command);
            out.show(
                    answer,
                    () ->
                            out.line(
                                    "upgrade %s of agents is cancelled; davit agents shows how far it came"
                                            .formatted(answer.getUpgrade().getId())));
            return ExitCode.OK;
        }
    }

    @Command(
            name = "import",
            description = {
                "Takes an agent's archive among those that hosts may be upgraded to, as root on the"
                        + " controller's host while davit serve runs.",
                "The controller brings its own version for its own architecture; this is for"
                        + " others."
            },
            footerHeading = "%nExamples:%n",
            footer = "  davit agents import davit-agent-0.2.0-linux-arm64.tar.gz")
    static final class Import implements Callable<Integer> {

        @Parameters(paramLabel = "FILE", description = "davit-agent-VERSION-linux-ARCH.tar.gz.")
        private Path file = Path.of("");

        @Mixin private ConfigOptions config = new ConfigOptions();

        @Mixin private OutputOptions output = new OutputOptions();

        @Spec private CommandSpec command = CommandSpec.create();

        @Override
        public Integer call() {
            try {
                ServerConfig read = ServerConfigReader.read(config.file());
                try (Connection local = Connection.local(read.socket())) {
                    String sha256 = lay(read.state());
                    ImportAgentResponse answer =
                            local.ask(c ->
                                    c.onThisHost()
                                            .importAgent(
                                                    ImportAgentRequest.newBuilder()
                                                            .setSha256(sha256)
                                                            .build()));
                    Output out = output.to(command);
                    out.show(
                            answer,
                            () ->
                                    out.line(
                                            "imported agent %s for %s, sha256 %s"
                                                    .formatted(
                                                            answer.getAgent().getBuild(),
                                                            answer.getAgent().getArch(),
                                                            answer.getAgent().getSha256())));
                    return ExitCode.OK;
                }
            } catch (BadConfigException e) {
                throw refused(String.valueOf(e.getMessage()));
            } catch (IOException e) {
                throw refused(FileTrouble.of(e));
            }
        }

        private CliException refused(String why) {
            return new CliException(
                    ExitCode.FAILED,
                    "cannot import " + file + ": " + why,
                    "as root on the controller's host: davit agents import FILE");
        }

        /** Named by its SHA-256. */
        private String lay(Path state) throws IOException {
            String sha256 = Digests.sha256Hex(file);
            try (var content = Files.newInputStream(file)) {
                AgentPackages.lay(state, sha256, Files.size(file), content);
            }
            return sha256;
        }
    }
}
