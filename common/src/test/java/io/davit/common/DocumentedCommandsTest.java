package io.davit.common;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.common.DocumentedCommands.Line;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DocumentedCommandsTest {

    private static Line line(String text) {
        return new Line("page.md:1", text);
    }

    @Test
    void linesOfBlocksAreFoundWithTheirPlaces() {
        var page =
                List.of(
                        "Text `davit no`",
                        "    davit hosts    # those",
                        "```",
                        "helm install it \\",
                        "  --with that",
                        "```",
                        "davit no");
        assertThat(DocumentedCommands.of("page.md", page))
                .containsExactly(
                        new Line("page.md:2", "davit hosts"),
                        new Line("page.md:5", "helm install it --with that"));
    }

    @Test
    void whatDavitIsGivenIsTakenOutOfAShellsLine() {
        assertThat(line("cd /x && sudo davit status -o json | jq .clusters[].health").davit())
                .containsExactly(List.of("status", "-o", "json"));
        assertThat(line("source <(davit completion zsh)").davit())
                .containsExactly(List.of("completion", "zsh"));
        assertThat(line("davit backup /root/$(date +%F).backup > said").davit())
                .containsExactly(List.of("backup", "/root/IT.backup"));
        assertThat(line("davit-*/controller/bin/davit version").davit())
                .containsExactly(List.of("version"));
        assertThat(line("davit hosts remove web-1 [web-2 ...]").davit()).isEmpty();
    }

    @Test
    void aLineRunsWhatStandsWhereACommandBegins() {
        var line = line("tar -xzf davit-*.tar.gz && cd davit-*/ && ./install.sh --controller");
        assertThat(line.runs(Set.of("install.sh"))).isTrue();
        assertThat(line.runs(Set.of("davit"))).isFalse();
    }
}
