package io.davit.controller.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class WatchedTest {

    /** What the controller asks beside what is watched. */
    private static final List<String> ASKED =
            List.of(
                    "control-plane probe node-ready[name]",
                    "control-plane probe " + Watched.LOG + "[]",
                    "etcd probe " + Watched.LOG + "[]",
                    "load-balancer probe " + Watched.LOG + "[]",
                    "worker probe " + Watched.LOG + "[]");

    /** Names as they are on the wire; the agent's own test holds its profiles to this file. */
    private static final Path AGENTS = Path.of("../node-agent/src/test/resources/catalogue.txt");

    @Test
    void theNamesAreThoseOfTheAgentsProfiles() throws IOException {
        var here = new TreeSet<String>();
        Watched.BY_ROLE.forEach(
                (role, probes) -> probes.forEach(probe -> here.add(role + " watched " + probe)));
        assertThat(here)
                .containsExactlyInAnyOrderElementsOf(
                        Files.readAllLines(AGENTS).stream()
                                .filter(line -> line.contains(" watched "))
                                .toList());
        assertThat(Files.readAllLines(AGENTS)).containsAll(ASKED);
    }
}
