package io.davit.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** About the file that describes a cluster; no controller is asked. */
@Command(
        name = "spec",
        description =
                "Helps to write the file that describes a cluster: its JSON Schema for editors,"
                        + " examples, a check without a controller.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            SpecCommand.Schema.class,
            SpecCommand.Example.class,
            SpecCommand.Validate.class
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  davit spec example small > cluster.yaml",
            "  davit spec validate -f cluster.yaml"
        })
final class SpecCommand {

    private static final String SCHEMA = "davit-v1.schema.json";

    private SpecCommand() {}

    private static String resource(String name) {
        try (var in = SpecCommand.class.getResourceAsStream("spec/" + name)) {
            if (in == null) {
                throw new IllegalStateException(
                        "cannot read " + name + ": it is not in the package");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + name, e);
        }
    }

    private static int print(CommandSpec command, String text) {
        PrintWriter out = command.commandLine().getOut();
        out.print(text);
        out.flush();
        return ExitCode.OK;
    }

    @Command(
            name = "schema",
            description = {
                "Prints the JSON Schema (2020-12) of the spec. Editors that know YAML complete and"
                        + " check a file that names it in its first line:",
                "# yaml-language-server: $schema=" + SCHEMA
            },
            footerHeading = "%nExamples:%n",
            footer = "  davit spec schema > " + SCHEMA)
    static final class Schema implements Callable<Integer> {

        @Spec private CommandSpec command = CommandSpec.create();

        @Override
        public Integer call() {
            return print(command, resource(SCHEMA));
        }
    }

    @Command(
            name = "example",
            description = "Prints a whole spec to start from.",
            footerHeading = "%nExamples:%n",
            footer = {"  davit spec example", "  davit spec example ha > cluster.yaml"})
    static final class Example implements Callable<Integer> {

        /** Those that there are, by their file names. */
        enum Name {
            ONE_HOST("one-host"),
            SMALL("small"),
            HA("ha"),
            POOL("pool");

            private final String text;

            Name(String text) {
                this.text = text;
            }

            @Override
            public String toString() {
                return text;
            }
        }

        @Parameters(
                arity = "0..1",
                paramLabel = "NAME",
                defaultValue = "small",
                description = "One of ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
        private Name name = Name.SMALL;

        @Spec private CommandSpec command = CommandSpec.create();

        @Override
        public Integer call() {
            // the schema lies beside the file of who writes it with davit spec schema
            return print(command, resource(name + ".yaml").replace("=../docs/", "="));
        }
    }

    @Command(
            name = "validate",
            description = {
                "Reads a spec and reports every problem at once: line and column, value, remedy."
                        + " Needs no controller.",
                "What only the controller knows is not looked at, and it says so: whether a version"
                        + " is published, other clusters, the accepted spec of this one, the hosts."
            },
            exitCodeListHeading = "%nExit codes:%n",
            exitCodeList = {
                "0:the file is a spec",
                "1:a defect of the davit command itself",
                "3:it has problems",
                "64:the command line is wrong, or there is no such file"
            },
            footerHeading = "%nExamples:%n",
            footer = {
                "  davit spec validate -f cluster.yaml",
                "  davit spec validate -f cluster.yaml -o json | jq -r '.problems[].message'"
            })
    static final class Validate implements Callable<Integer> {

        @Option(
                names = {"-f", "--file"},
                required = true,
                paramLabel = "FILE",
                description = "The cluster's spec; - for standard input.")
        private String file = "";

        @Mixin private OutputOptions output = new OutputOptions();

        @Spec private CommandSpec command = CommandSpec.create();

        @Override
        public Integer call() {
            return SpecCheck.run(file, output.to(command));
        }
    }
}
