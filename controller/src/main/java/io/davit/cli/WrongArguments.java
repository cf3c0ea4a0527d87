package io.davit.cli;

import io.davit.cli.manual.CommandText;
import io.davit.common.Names;
import io.davit.common.Nearest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says what is wrong with a command line, what was meant perhaps, and where to read more. */
final class WrongArguments implements IParameterExceptionHandler {

    @Override
    public int handleParseException(ParameterException wrong, String[] arguments) {
        CommandSpec command = wrong.getCommandLine().getCommandSpec();
        var err = wrong.getCommandLine().getErr();
        err.println(message(wrong, command));
        err.println("  → see " + command.qualifiedName() + " --help");
        err.flush();
        return ExitCode.USAGE;
    }

    private static String message(ParameterException wrong, CommandSpec command) {
        if (wrong instanceof UnmatchedArgumentException unmatched
                && !unmatched.getUnmatched().isEmpty()) {
            return unmatched(unmatched.getUnmatched().getFirst(), command);
        }
        boolean onlyGroups = !(command.userObject() instanceof Callable);
        if (onlyGroups && !command.subcommands().isEmpty()) {
            return "a command is missing: " + String.join(", ", commands(command));
        }
        if (wrong.getArgSpec() == null || wrong.getValue() == null) {
            return String.valueOf(wrong.getMessage());
        }
        String name = name(wrong.getArgSpec());
        if (wrong.getArgSpec().type() == int.class) {
            return "%s: \"%s\" is no whole number"
                    .formatted(name, Names.printable(wrong.getValue()));
        }
        List<String> values = CommandText.candidates(wrong.getArgSpec());
        if (!values.isEmpty()) {
            return "%s: unknown value \"%s\"%s; one of %s"
                    .formatted(
                            name,
                            Names.printable(wrong.getValue()),
                            hint(wrong.getValue(), values),
                            String.join(", ", values));
        }
        return String.valueOf(wrong.getMessage());
    }

    private static String name(ArgSpec argument) {
        return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
    }

    private static String unmatched(String word, CommandSpec command) {
        String shown = Names.printable(word);
        if (word.startsWith("-")) {
            String name = word.contains("=") ? word.substring(0, word.indexOf('=')) : word;
            return "unknown option \""
                    + Names.printable(name)
                    + "\""
                    + hint(name, options(command));
        }
        if (!commands(command).isEmpty()) {
            String hint = hint(word, commands(command));
            return "unknown command \"%s\"%s"
                    .formatted(
                            shown,
                            hint.isEmpty()
                                    ? "; one of " + String.join(", ", commands(command))
                                    : hint);
        }
        return "\"" + shown + "\" is one argument too many";
    }

    private static List<String> commands(CommandSpec command) {
        return List.copyOf(command.subcommands().keySet());
    }

    private static List<String> options(CommandSpec command) {
        var names = new ArrayList<String>();
        command.options().forEach(option -> names.addAll(List.of(option.names())));
        return names;
    }

    /** The one that begins so, else the nearest. */
    private static String hint(String word, List<String> known) {
        var longer = known.stream().filter(name -> name.startsWith(word)).toList();
        return longer.size() == 1 && word.length() > 1
                ? "; did you mean \"" + longer.getFirst() + "\"?"
                : Nearest.hint(word, known);
    }
}
