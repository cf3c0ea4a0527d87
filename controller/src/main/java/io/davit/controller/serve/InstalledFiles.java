package io.davit.controller.serve;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.security.CodeSource;
import org.jspecify.annotations.Nullable;

/** What install.sh lays beside this program. */
final class InstalledFiles {

    /** Of a program that is not installed. */
    private static final Path NOWHERE = Path.of("/nonexistent");

    private InstalledFiles() {}

    /** HOME/agents, where the program is HOME/lib/davit-controller.jar. */
    static Path agents() {
        @Nullable CodeSource source = InstalledFiles.class.getProtectionDomain().getCodeSource();
        if (source == null) {
            return NOWHERE;
        }
        try {
            @Nullable Path lib = Path.of(source.getLocation().toURI()).getParent();
            return lib == null || !lib.endsWith("lib") ? NOWHERE : lib.resolveSibling("agents");
        } catch (URISyntaxException | IllegalArgumentException e) {
            return NOWHERE;
        }
    }
}
