package io.davit.cli.manual;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Completion for fish: picocli has one for bash and zsh only. The words before the cursor lead to a
 * command; what may follow it is told for each command, with its description.
 *
 * @see <a href="https://fishshell.com/docs/current/completions.html">writing completions</a>
 */
public final class FishCompletion {

    private final StringBuilder script = new StringBuilder();

    private FishCompletion() {}

    /** The script. */
    public static String of(CommandLine davit) {
        var completion = new FishCompletion();
        var commands = CommandText.all(davit);
        completion.whereTheWordsLead(commands);
        commands.forEach(completion::command);
        return completion.script.toString();
    }

    private void whereTheWordsLead(List<CommandText> commands) {
        script.append("# Completion of davit for fish, made by: davit completion fish\n");
        script.append("set -g __davit_commands");
        commands.stream()
                .map(CommandText::path)
                .filter(path -> !path.isEmpty())
                .forEach(path -> script.append(' ').append(quoted(path)));
        script.append(
                """


                # Whether the words before the cursor lead to this command and no further.
                function __davit_at
                    set -l at ''
                    for word in (commandline -opc)[2..-1]
                        set -l further (string trim -- "$at $word")
                        if contains -- $further $__davit_commands
                            set at $further
                        end
                    end
                    test "$at" = "$argv"
                end

                complete -c davit -f
                """);
    }

    private void command(CommandText command) {
        for (CommandText child : command.children()) {
            line(command, "-a " + child.spec().name(), child.summary());
        }
        for (OptionSpec option : command.options()) {
            line(command, names(option) + value(option), summary(option));
        }
        command.parameters().stream()
                .filter(FishCompletion::isFile)
                .findFirst()
                .ifPresent(_ -> line(command, "-F", ""));
        command.parameters().stream()
                .map(CommandText::candidates)
                .filter(values -> !values.isEmpty())
                .findFirst()
                .ifPresent(values -> line(command, "-a " + quoted(String.join(" ", values)), ""));
    }

    private void line(CommandText command, String what, String description) {
        script.append("complete -c davit -n ")
                .append(quoted(("__davit_at " + command.path()).strip()))
                .append(' ')
                .append(what);
        if (!description.isEmpty()) {
            script.append(" -d ").append(quoted(description));
        }
        script.append('\n');
    }

    private static String names(OptionSpec option) {
        var names = new StringBuilder();
        for (String name : option.names()) {
            names.append(name.startsWith("--") ? " -l " : " -s ")
                    .append(name.replaceFirst("^-+", ""));
        }
        return names.substring(1);
    }

    private static String value(OptionSpec option) {
        if (option.arity().max() == 0) {
            return "";
        }
        List<String> values = CommandText.candidates(option);
        if (!values.isEmpty()) {
            return " -x -a " + quoted(String.join(" ", values));
        }
        if (option.arity().min() == 0) {
            return ""; // the value may be left out, so that fish must not ask for one
        }
        return isFile(option) ? " -r -F" : " -x";
    }

    private static boolean isFile(ArgSpec argument) {
        String label = argument.paramLabel().toUpperCase(Locale.ROOT);
        return argument.type() == Path.class
                || argument.type() == Optional.class && label.matches("FILE|DIR")
                || label.matches("FILE|DIR|URL\\|DIR");
    }

    private static String summary(OptionSpec option) {
        String text = CommandText.description(option);
        int end = text.indexOf(". ");
        return (end < 0 ? text : text.substring(0, end)).replaceAll("[.]$", "");
    }

    /** In single quotes, in which fish knows two escapes. */
    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
