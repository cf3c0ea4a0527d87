package io.davit.cli.manual;

import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A manual page in the macros of man(7).
 *
 * @param command that it is about
 * @param version of Davit
 * @param date of this version, "2026-01-01"
 */
record ManPage(CommandText command, String version, String date) {

    private static final Map<String, String> FILES =
            Map.of(
                    "~/.config/davit/credential/",
                    "the operator's credential: operator.key, operator.crt, ca.crt, address",
                    "/etc/davit/controller.yaml",
                    "the controller's configuration, on its host",
                    "/var/lib/davit/controller/",
                    "the controller's state, on its host");

    /** "davit-token-create", as its file is called without the section. */
    String name() {
        return command.name().replace(' ', '-');
    }

    String text() {
        var page = new StringBuilder();
        page.append(
                ".TH %s 1 \"%s\" \"Davit %s\" \"Davit manual\"\n"
                        .formatted(
                                quoted(name().toUpperCase(java.util.Locale.ROOT)), date, version));
        page.append(".nh\n.ad l\n");
        section(page, "NAME");
        page.append(escaped(name())).append(" \\- ").append(escaped(command.summary()));
        page.append('\n');
        section(page, "SYNOPSIS");
        page.append(".B ").append(escaped(command.name())).append('\n');
        String arguments = command.synopsis().substring(command.name().length()).strip();
        if (!arguments.isEmpty()) {
            page.append(escaped(arguments)).append('\n');
        }
        section(page, "DESCRIPTION");
        page.append(
                String.join(
                        "\n.PP\n", command.description().stream().map(ManPage::escaped).toList()));
        page.append('\n');
        commands(page);
        parameters(page);
        options(page);
        exitCodes(page);
        examples(page);
        environment(page);
        files(page);
        seeAlso(page);
        return page.toString();
    }

    private void commands(StringBuilder page) {
        if (!command.children().isEmpty()) {
            section(page, "COMMANDS");
            for (CommandText child : command.children()) {
                term(page, "\\fB" + escaped(child.name()) + "\\fR", child.summary());
            }
        }
    }

    private void parameters(StringBuilder page) {
        if (!command.parameters().isEmpty()) {
            section(page, "ARGUMENTS");
            command.parameters()
                    .forEach(parameter ->
                            term(
                                    page,
                                    "\\fI" + escaped(parameter.paramLabel()) + "\\fR",
                                    CommandText.description(parameter)));
        }
    }

    private void options(StringBuilder page) {
        section(page, "OPTIONS");
        for (OptionSpec option : command.options()) {
            term(
                    page,
                    "\\fB" + escaped(CommandText.shown(option)) + "\\fR",
                    CommandText.description(option));
        }
    }

    private void exitCodes(StringBuilder page) {
        section(page, "EXIT STATUS");
        command.exitCodes()
                .forEach((code, meaning) -> term(page, "\\fB" + code.strip() + "\\fR", meaning));
    }

    private void examples(StringBuilder page) {
        List<String> examples = command.examples();
        if (!examples.isEmpty()) {
            section(page, "EXAMPLES");
            page.append(".nf\n");
            examples.forEach(line -> page.append(escaped(line)).append('\n'));
            page.append(".fi\n");
        }
    }

    private static void environment(StringBuilder page) {
        section(page, "ENVIRONMENT");
        term(page, "\\fBDAVIT_CREDENTIAL\\fR", "Folder of the operator's credential.");
        term(page, "\\fBNO_COLOR\\fR", "Set to anything: no colours.");
    }

    private static void files(StringBuilder page) {
        section(page, "FILES");
        FILES.keySet().stream()
                .sorted()
                .forEach(file ->
                        term(page, "\\fI" + escaped(file) + "\\fR", FILES.getOrDefault(file, "")));
    }

    private void seeAlso(StringBuilder page) {
        section(page, "SEE ALSO");
        String parent = name().contains("-") ? name().substring(0, name().lastIndexOf('-')) : "";
        page.append(parent.isEmpty() ? "" : ".BR " + escaped(parent) + " (1),\n");
        page.append(".BR davit\\-agent (8)\n");
    }

    private static void section(StringBuilder page, String name) {
        page.append(".SH ").append(name.contains(" ") ? quoted(name) : name).append('\n');
    }

    private static void term(StringBuilder page, String term, String text) {
        page.append(".TP\n").append(term).append('\n').append(escaped(text)).append('\n');
    }

    private static String quoted(String text) {
        return "\"" + escaped(text) + "\"";
    }

    /** A hyphen is one to type, and no line begins with a request. */
    private static String escaped(String text) {
        String escaped =
                text.replace("\\", "\\e")
                        .replace("-", "\\-")
                        .replace("'", "\\(aq")
                        .replace("→", "\\(->")
                        .replace("…", "...");
        return escaped.startsWith(".") ? "\\&" + escaped : escaped;
    }
}
