package io.davit.controller.serve;

import io.davit.common.ProgramJar;
import java.nio.file.Path;
import java.util.Optional;

/** What install.sh lays beside this program. */
final class InstalledFiles {

    /** Of a program that is not installed. */
    private static final Path NOWHERE = Path.of("/nonexistent");

    private InstalledFiles() {}

    /** HOME/agents, where the program is HOME/lib/davit-controller.jar. */
    static Path agents() {
        return ProgramJar.find()
                .flatMap(jar -> Optional.ofNullable(jar.getParent()))
                .filter(lib -> lib.endsWith("lib"))
                .map(lib -> lib.resolveSibling("agents"))
                .orElse(NOWHERE);
    }
}
