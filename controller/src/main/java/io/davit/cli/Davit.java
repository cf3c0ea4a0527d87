package io.davit.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;

/** The davit command. */
@Command(
        name = "davit",
        mixinStandardHelpOptions = false,
        description = "Builds and keeps highly available K3s clusters on machines you have.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            InitCommand.class,
            ServeCommand.class,
            AdminCommand.class,
            TokenCommand.class,
            HostsCommand.class,
            PlanCommand.class,
            ApplyCommand.class,
            StatusCommand.class,
            WhyCommand.class,
            EventsCommand.class,
            OperationsCommand.class,
            ClustersCommand.class,
            KubeconfigCommand.class,
            EtcdCommand.class,
            VersionsCommand.class,
            ArtifactsCommand.class,
            BackupCommand.class,
            RestoreCommand.class,
            AdoptCommand.class,
            MonitoringCommand.class,
            VersionCommand.class,
            CommandLine.HelpCommand.class
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:nothing to do, or done",
            "1:a defect of the davit command itself",
            "2:there are changes to be made",
            "3:refused, failed or incomplete",
            "64:the command line is wrong",
            "69:the controller cannot be reached"
        },
        footerHeading = "%nEnvironment:%n",
        footer = {
            "  DAVIT_CREDENTIAL  folder of the operator's credential"
                    + " (default: ~/.config/davit/credential)"
        })
public final class Davit {

    private Davit() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] arguments) {
        if (arguments.length > 0 && arguments[0].equals("serve")) {
            System.setProperty("davit.log", "INFO");
        }
        System.exit(commandLine().execute(arguments));
    }

    /** The command with all its subcommands. */
    public static CommandLine commandLine() {
        var line = new CommandLine(new Davit());
        addHelp(line);
        line.setExecutionExceptionHandler(explaining());
        line.setParameterExceptionHandler((wrong, _) -> {
            wrong.getCommandLine().getErr().println(wrong.getMessage());
            wrong.getCommandLine()
                    .getErr()
                    .println(
                            "  → see "
                                    + wrong.getCommandLine().getCommandSpec().qualifiedName()
                                    + " --help");
            return ExitCode.USAGE;
        });
        return line;
    }

    private static void addHelp(CommandLine line) {
        line.getCommandSpec()
                .addOption(
                        CommandLine.Model.OptionSpec.builder("-h", "--help")
                                .usageHelp(true)
                                .description("Shows this help.")
                                .build());
        line.getSubcommands().values().stream()
                .filter(subcommand -> !(subcommand.getCommand() instanceof CommandLine.HelpCommand))
                .forEach(Davit::addHelp);
    }

    private static IExecutionExceptionHandler explaining() {
        return (failure, command, _) -> {
            if (failure instanceof CliException known) {
                command.getErr().println(known.getMessage());
                if (!known.remedy().isEmpty()) {
                    command.getErr().println("  → " + known.remedy());
                }
                return known.exitCode();
            }
            command.getErr().println("the davit command failed where it must not: " + failure);
            failure.printStackTrace(command.getErr());
            command.getErr().println("  → report it with these lines and davit version --client");
            return ExitCode.DEFECT;
        };
    }
}
