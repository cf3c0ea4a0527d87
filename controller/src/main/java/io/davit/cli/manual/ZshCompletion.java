package io.davit.cli.manual;

import picocli.AutoComplete;
import picocli.CommandLine;

/**
 * Completion for zsh: picocli's script, which zsh runs as well as bash does, in a form that can be
 * sourced and that {@code compinit} also takes as a file {@code _davit} of {@code $fpath}.
 *
 * <p>Such a file names its command in the first line. It is the body of a function that zsh calls
 * for the first completion, so at its end it has to complete, too. Aliases do not count in it.
 *
 * @see <a href="https://zsh.sourceforge.io/Doc/Release/Completion-System.html">zsh: autoloaded
 *     files</a>
 */
public final class ZshCompletion {

    private static final String ALIAS = "  alias compopt=complete\n";

    private static final String AS_A_FUNCTION =
            """

            if [ "${funcstack[1]-}" = _%1$s ]; then
              _bash_complete -o default -F _complete_%1$s
            fi
            """;

    private ZshCompletion() {}

    /** The whole script. */
    public static String of(CommandLine command) {
        String name = command.getCommandName();
        return "#compdef "
                + name
                + "\n"
                + AutoComplete.bash(name, command).replace(ALIAS, "")
                + AS_A_FUNCTION.formatted(name);
    }
}
