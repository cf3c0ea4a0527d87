package io.davit.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The options that every command with an answer has. */
final class OutputOptions {

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "text or json (default: text)",
            defaultValue = "text")
    private Output.Format format = Output.Format.text;

    /** Programs read the answer: nothing else may be printed. */
    boolean json() {
        return format == Output.Format.json;
    }

    Output to(CommandSpec command) {
        return new Output(command.commandLine().getOut(), format);
    }
}
