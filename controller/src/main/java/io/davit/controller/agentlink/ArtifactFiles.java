package io.davit.controller.agentlink;

import java.nio.file.Path;
import java.util.Optional;

/** Published files that the controller holds, verified. */
@FunctionalInterface
public interface ArtifactFiles {

    /** The file with this digest, if it is here. */
    Optional<Path> file(String sha256);
}
