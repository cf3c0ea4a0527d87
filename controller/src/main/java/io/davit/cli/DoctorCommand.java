package io.davit.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Looks for what is in the way, and changes nothing. */
@Command(
        name = "doctor",
        description = {
            "Looks for what keeps davit from working on this machine, and says what to do: the"
                    + " credential and its certificate, the controller by name and TLS, clocks,"
                    + " versions. Changes nothing.",
            "On the controller's host: davit doctor controller. On a machine that is to be a host:"
                    + " davit-agent doctor."
        },
        subcommands = DoctorCommand.OfController.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:nothing failed; there may be warnings",
            "1:a defect of the davit command itself",
            "3:something failed",
            "64:the command line is wrong"
        },
        footerHeading = "%nExamples:%n",
        footer = {"  davit doctor", "  davit doctor -o json", "  sudo davit doctor controller"})
final class DoctorCommand implements Callable<Integer> {

    @Mixin private OutputOptions output = new OutputOptions();

    @Spec private CommandSpec command = CommandSpec.create();

    @Override
    public Integer call() {
        return Checkup.ofOperator(output, command);
    }

    @Command(
            name = "controller",
            description =
                    "Looks at this machine as the controller's host, as root, before or after davit"
                            + " init: OS, systemd, memory, disk and its file system, clock, names,"
                            + " ports, configuration, service. Changes nothing.",
            exitCodeListHeading = "%nExit codes:%n",
            exitCodeList = {
                "0:nothing failed; there may be warnings",
                "1:a defect of the davit command itself",
                "3:something failed",
                "64:the command line is wrong"
            },
            footerHeading = "%nExamples:%n",
            footer = {"  sudo davit doctor controller"})
    static final class OfController implements Callable<Integer> {

        @Mixin private ConfigOptions config = new ConfigOptions();

        @Mixin private OutputOptions output = new OutputOptions();

        @Spec private CommandSpec command = CommandSpec.create();

        @Override
        public Integer call() throws InterruptedException {
            return Checkup.ofController(config.file(), output, command);
        }
    }
}
