package io.davit.cli.manual;

import java.util.Map;
import picocli.CommandLine;

/** The reference of all commands in Markdown: docs/reference/cli.md. */
final class CommandReference {

    private static final String HEAD =
            """
            # The davit command

            Written from the commands themselves: `davit COMMAND --help` says the same, and so do the manual pages (`man davit-apply`).

            """;

    private final StringBuilder page = new StringBuilder(HEAD);
    private final Map<String, String> usualExitCodes;

    private CommandReference(CommandLine davit) {
        this.usualExitCodes = new CommandText(davit.getCommandSpec()).exitCodes();
    }

    /** The whole page. */
    static String of(CommandLine davit) {
        var reference = new CommandReference(davit);
        reference.exitCodes();
        CommandText.all(davit).stream()
                .filter(command -> !command.path().isEmpty())
                .forEach(reference::command);
        return reference.page.toString();
    }

    private void exitCodes() {
        page.append("## Exit codes\n\nOf every command that says nothing else:\n\n");
        table(usualExitCodes);
    }

    private void table(Map<String, String> exitCodes) {
        page.append("| code | means |\n|---|---|\n");
        exitCodes.forEach((code, meaning) ->
                page.append("| ")
                        .append(code.strip())
                        .append(" | ")
                        .append(cell(meaning))
                        .append(" |\n"));
        page.append('\n');
    }

    private void command(CommandText command) {
        page.append("## ").append(command.name()).append("\n\n");
        page.append(String.join("\n\n", command.description())).append("\n\n");
        page.append("    ").append(command.synopsis()).append("\n\n");
        if (!command.children().isEmpty()) {
            page.append("| command | for |\n|---|---|\n");
            for (CommandText child : command.children()) {
                row(child.name(), child.summary());
            }
            page.append('\n');
        }
        arguments(command);
        if (!command.exitCodes().equals(usualExitCodes)) {
            table(command.exitCodes());
        }
        if (!command.examples().isEmpty()) {
            page.append("Examples:\n\n");
            command.examples().forEach(line -> page.append("    ").append(line).append('\n'));
            page.append('\n');
        }
    }

    private void arguments(CommandText command) {
        page.append("| argument | |\n|---|---|\n");
        command.parameters().forEach(item -> row(item.paramLabel(), CommandText.description(item)));
        command.options().stream()
                .filter(option -> !option.usageHelp())
                .forEach(item -> row(CommandText.shown(item), CommandText.description(item)));
        row("-h, --help", "Shows this help.");
        page.append('\n');
    }

    private void row(String name, String text) {
        page.append("| `").append(cell(name)).append("` | ").append(cell(text)).append(" |\n");
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replace("\n", " ");
    }
}
