package io.davit.cli.manual;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** What a command says about itself, piece by piece. */
public record CommandText(CommandSpec spec) {

    private static final String EXAMPLES = "Examples:";

    /** The command and all below it that people type, each parent before its children. */
    public static List<CommandText> all(CommandLine root) {
        var all = new ArrayList<CommandText>();
        add(root, all);
        return all;
    }

    private static void add(CommandLine line, List<CommandText> all) {
        if (line.getCommand() instanceof CommandLine.HelpCommand) {
            return;
        }
        all.add(new CommandText(line.getCommandSpec()));
        line.getSubcommands().values().stream().distinct().forEach(child -> add(child, all));
    }

    /** "davit token create". */
    String name() {
        return spec.qualifiedName();
    }

    /** What to type behind the program's name: "token create"; empty for the program itself. */
    String path() {
        int space = name().indexOf(' ');
        return space < 0 ? "" : name().substring(space + 1);
    }

    List<String> description() {
        return Arrays.stream(spec.usageMessage().description())
                .map(CommandText::formatted)
                .toList();
    }

    /** The first sentence, without its full stop. */
    String summary() {
        String text = String.join(" ", description());
        int end = text.indexOf(". ");
        return (end < 0 ? text : text.substring(0, end)).replaceAll("[.]$", "");
    }

    /** "davit token create [-h] [--auto-approve] …", on one line. */
    String synopsis() {
        return new Help(spec, Help.defaultColorScheme(Help.Ansi.OFF))
                .synopsis(0)
                .strip()
                .replaceAll("\\s*\\R\\s*", " ");
    }

    List<CommandText> children() {
        return spec.subcommands().values().stream()
                .filter(child -> !(child.getCommand() instanceof CommandLine.HelpCommand))
                .distinct()
                .map(child -> new CommandText(child.getCommandSpec()))
                .toList();
    }

    /** In the order of their long names. */
    List<OptionSpec> options() {
        return spec.options().stream()
                .filter(option -> !option.hidden())
                .sorted(Comparator.comparing(OptionSpec::longestName))
                .toList();
    }

    List<PositionalParamSpec> parameters() {
        return spec.positionalParameters().stream().filter(item -> !item.hidden()).toList();
    }

    /** "-f, --file=FILE". */
    static String shown(OptionSpec option) {
        String names = String.join(", ", option.names());
        if (option.arity().max() == 0) {
            return names;
        }
        return option.arity().min() == 0
                ? names + "[=" + option.paramLabel() + "]"
                : names + "=" + option.paramLabel();
    }

    static String description(ArgSpec argument) {
        return formatted(String.join(" ", argument.description()));
    }

    /** The values that it may have; none where they are free. */
    public static List<String> candidates(ArgSpec argument) {
        Iterable<String> known = argument.completionCandidates();
        return known == null
                ? List.of()
                : StreamSupport.stream(known.spliterator(), false).toList();
    }

    /** Code to meaning. */
    Map<String, String> exitCodes() {
        return new LinkedHashMap<>(spec.usageMessage().exitCodeList());
    }

    /** Command lines that a person may type. */
    List<String> examples() {
        return spec.usageMessage().footerHeading().contains(EXAMPLES)
                ? Arrays.stream(spec.usageMessage().footer())
                        .map(String::strip)
                        .filter(line -> !line.isEmpty())
                        .toList()
                : List.of();
    }

    private static String formatted(String text) {
        return text.replace("%n", "\n").replace("%%", "%");
    }
}
