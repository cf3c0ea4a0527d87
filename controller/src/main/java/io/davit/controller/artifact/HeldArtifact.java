package io.davit.controller.artifact;

import io.davit.controller.plan.Catalog.ArtifactFile;
import java.time.Instant;
import java.util.Optional;

/**
 * A file that the controller holds.
 *
 * @param sha256 lower-case hex; its name on disk
 * @param since when it was complete
 * @param published what its publisher says of it; empty of a file that is not known any more
 */
public record HeldArtifact(
        String sha256, long sizeBytes, Instant since, Optional<ArtifactFile> published) {}
