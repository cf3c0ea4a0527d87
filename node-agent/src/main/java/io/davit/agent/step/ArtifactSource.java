package io.davit.agent.step;

import java.io.IOException;
import java.io.InputStream;

/** Where artifacts come from: the controller's {@code FetchArtifact}. */
public interface ArtifactSource {

    /**
     * The published file with this SHA-256, from this offset on. The stream ends where the file
     * ends; a read that gets nothing for too long throws.
     *
     * @param sha256 lower-case hex
     * @throws IOException if it cannot be fetched now; the engine tries again
     */
    InputStream open(String sha256, long offset) throws IOException;
}
