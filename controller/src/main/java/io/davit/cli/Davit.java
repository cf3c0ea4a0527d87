package io.davit.cli;

import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.Model.UsageMessageSpec;

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
            AgentsCommand.class,
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
            SpecCommand.class,
            DoctorCommand.class,
            CompletionCommand.class,
            VersionCommand.class,
            HelpCommand.class
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:nothing to do, or done",
            "1:a defect of the davit command itself",
            "2:of davit plan: there are changes to be made",
            "3:refused, failed or incomplete",
            "64:the command line is wrong",
            "69:the controller cannot be reached"
        },
        footerHeading = "%nEnvironment:%n",
        footer = {
            "  DAVIT_CREDENTIAL  folder of the operator's credential"
                    + " (default: ~/.config/davit/credential)",
            "  NO_COLOR          set to anything: no colours",
            "",
            "First steps: davit spec example > cluster.yaml, davit plan -f cluster.yaml,",
            "davit apply -f cluster.yaml. Something does not work: davit doctor, davit why NAME."
        })
public final class Davit {

    private Davit() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] arguments) {
        if (arguments.length > 0 && arguments[0].equals("serve")) {
            System.setProperty("davit.log", "INFO");
        } else {
            System.setProperty("java.util.logging.config.class", NoLibraryTalk.class.getName());
        }
        System.exit(commandLine().execute(arguments));
    }

    /** The command with all its subcommands. */
    public static CommandLine commandLine() {
        var line = new CommandLine(new Davit());
        addHelp(line);
        var exitCodes = line.getCommandSpec().usageMessage().exitCodeList();
        line.getSubcommands().values().forEach(command -> addExitCodes(command, exitCodes));
        line.setExecutionExceptionHandler(explaining());
        line.setParameterExceptionHandler(new WrongArguments());
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
                .filter(subcommand -> !(subcommand.getCommand() instanceof HelpCommand))
                .forEach(Davit::addHelp);
    }

    /** Those of the program, where a command has none of its own. */
    private static void addExitCodes(CommandLine line, Map<String, String> usual) {
        UsageMessageSpec usage = line.getCommandSpec().usageMessage();
        if (usage.exitCodeList().isEmpty() && !(line.getCommand() instanceof HelpCommand)) {
            usage.exitCodeListHeading("%nExit codes:%n").exitCodeList(usual);
        }
        line.getSubcommands().values().forEach(command -> addExitCodes(command, usual));
    }

    /** Every wrong use leads somewhere. */
    private static String remedy(CliException known, CommandLine command) {
        return known.remedy().isEmpty() && known.exitCode() == ExitCode.USAGE
                ? "see " + command.getCommandSpec().qualifiedName() + " --help"
                : known.remedy();
    }

    private static IExecutionExceptionHandler explaining() {
        return (failure, command, _) -> {
            if (failure instanceof CliException known) {
                command.getErr().println(known.getMessage());
                String remedy = remedy(known, command);
                if (!remedy.isEmpty()) {
                    command.getErr().println("  → " + remedy);
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
