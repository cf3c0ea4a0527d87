package io.davit.cli.manual;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.cli.Davit;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts, in the shells that they are for. */
class CompletionTest {

    private static final String CANDIDATES =
            """
            source ./davit
            try() {
              COMP_WORDS=("$@")
              COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
              COMP_LINE="$*"
              COMP_POINT=${#COMP_LINE}
              COMPREPLY=()
              _complete_davit
              printf '%s\\n' "${COMPREPLY[@]}"
            }
            """;

    @TempDir private Path folder;

    private Path script(String shell) throws Exception {
        var out = new StringWriter();
        var davit = Davit.commandLine();
        davit.setOut(new PrintWriter(out, true));
        assertThat(davit.execute("completion", shell)).isZero();
        return Files.writeString(folder.resolve("davit"), out.toString());
    }

    private String bash(String typed) throws Exception {
        script("bash");
        return Programs.run(
                folder, Map.of(), "bash", "--norc", "-c", CANDIDATES + "\ntry " + typed);
    }

    @Test
    void bashCompletesCommandsOptionsAndValues() throws Exception {
        assertThat(bash("davit cl").lines()).containsExactly("clusters");
        assertThat(bash("davit token ''").lines()).contains("create", "list", "revoke");
        assertThat(bash("davit apply --").lines())
                .contains("--file", "--yes", "--detach", "--allow-downtime", "--help")
                .doesNotContain("--merge");
        assertThat(bash("davit status -o ''").lines()).contains("text", "json");
        assertThat(bash("davit spec example ''").lines())
                .contains("one-host", "small", "ha", "pool");
    }

    @Test
    void bashTakesTheScriptWithoutAWord() throws Exception {
        script("bash");
        assertThat(Programs.run(folder, Map.of(), "bash", "--norc", "-uc", "source ./davit"))
                .isEmpty();
    }

    /** What zsh shows up to the completed line, once the script was loaded in this way. */
    private String zsh(String load, String typed, String completed) throws Exception {
        Programs.need("zsh");
        Files.copy(script("zsh"), folder.resolve("_davit"));
        Files.writeString(
                folder.resolve("type"),
                """
                zmodload zsh/zpty
                zpty shell zsh -f -i
                zpty -w shell "PS1=; unsetopt ZLE_RPROMPT_INDENT; autoload -U compinit; %s"
                zpty -w shell "echo rea''dy"
                zpty -r -m shell seen '*ready*' || exit 1
                zpty -n -w shell $'%s\\t'
                zpty -r -m shell seen '*%s*'
                print -r -- "$seen"
                """
                        .formatted(load, typed, completed));
        return Programs.run(folder, Map.of("TERM", "vt100"), "zsh", "-f", "type");
    }

    @Test
    void zshCompletesFromTheSourcedScript() throws Exception {
        String sourced = "compinit -u -D; source ./davit";
        assertThat(zsh(sourced, "davit cl", "davit clusters")).doesNotContain("not found");
    }

    @Test
    void zshFindsTheScriptAsAFileOfItsFunctions() throws Exception {
        String found = "fpath=($PWD \\$fpath); compinit -u -D";
        assertThat(zsh(found, "davit apply --fi", "davit apply --file"))
                .doesNotContain("not found");
    }

    private String fish(String typed) throws Exception {
        Programs.need("fish");
        script("fish");
        return Programs.run(
                folder,
                Map.of("HOME", folder.toString()),
                "fish",
                "--no-config",
                "-c",
                "source ./davit; complete -C '" + typed + "'");
    }

    @Test
    void fishCompletesCommandsOptionsAndValuesWithTheirDescriptions() throws Exception {
        assertThat(fish("davit cl").lines())
                .containsExactly("clusters\tLists clusters; takes one down");
        assertThat(fish("davit token ").lines().map(line -> line.split("\t")[0]))
                .containsExactlyInAnyOrder("create", "list", "revoke");
        assertThat(fish("davit apply --").lines().map(line -> line.split("\t")[0]))
                .contains("--file", "--yes", "--detach", "--allow-downtime", "--help")
                .doesNotContain("--merge");
        assertThat(fish("davit status -o ").lines().map(line -> line.split("\t")[0]))
                .containsExactlyInAnyOrder("json", "text");
        assertThat(fish("davit spec example ").lines())
                .containsExactlyInAnyOrder("one-host", "small", "ha", "pool");
        assertThat(fish("davit backup ").lines()).contains("davit");
    }
}
