package io.davit.cli;

import io.davit.cli.manual.FishCompletion;
import io.davit.cli.manual.ZshCompletion;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes the shell know the commands. */
@Command(
        name = "completion",
        description = "Prints a script by which a shell completes davit's commands and options.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  davit completion bash > /etc/bash_completion.d/davit",
            "  source <(davit completion zsh)",
            "  davit completion fish > ~/.config/fish/completions/davit.fish"
        })
final class CompletionCommand implements Callable<Integer> {

    /** Shells that can be taught. */
    enum Shell {
        bash,
        zsh,
        fish
    }

    @Parameters(paramLabel = "SHELL", description = "One of ${COMPLETION-CANDIDATES}.")
    private Shell shell = Shell.bash;

    @Spec private CommandSpec command = CommandSpec.create();

    @Override
    public Integer call() {
        CommandLine davit = command.root().commandLine();
        PrintWriter out = command.commandLine().getOut();
        out.print(
                switch (shell) {
                    case bash -> AutoComplete.bash(davit.getCommandName(), davit);
                    case zsh -> ZshCompletion.of(davit);
                    case fish -> FishCompletion.of(davit);
                });
        out.flush();
        return ExitCode.OK;
    }
}
