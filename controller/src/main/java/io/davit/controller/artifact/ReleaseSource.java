package io.davit.controller.artifact;

import io.davit.controller.execute.ArtifactCatalog.ArtifactException;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A place with published files, laid out as upstream's: {@code <version>/<file>}. A version is
 * given as published, with its plus sign.
 */
interface ReleaseSource {

    /**
     * A small text file.
     *
     * @throws NotPublishedException if there is none
     * @throws IOException if the source cannot be read
     */
    String text(String version, String file) throws IOException, InterruptedException;

    /**
     * How long a file is, without reading it.
     *
     * @throws NotPublishedException if there is none
     */
    long size(String version, String file) throws IOException, InterruptedException;

    /**
     * Brings the rest of a file into {@code part}, behind what is there already; leaves what came
     * when it breaks off, so that the next call goes on from there.
     *
     * @param mostBytes the whole file's announced length; what sends more is cut off
     * @throws NotPublishedException if there is none
     */
    void fetch(String version, String file, Path part, long mostBytes)
            throws IOException, InterruptedException;

    /** Where exactly a file is, for messages. */
    String place(String version, String file);

    /** The source has no such file. */
    final class NotPublishedException extends IOException {

        private static final long serialVersionUID = 1L;

        NotPublishedException(String message) {
            super(message);
        }
    }

    /** A source from its configuration: a URL or an absolute directory. */
    static ReleaseSource of(String configured) {
        return configured.startsWith("/")
                ? new DirectorySource(Path.of(configured))
                : new HttpSource(configured);
    }

    /** Makes the exception that a plan or an operation shows. */
    static ArtifactException unusable(String what, IOException cause, String remedy) {
        return new ArtifactException(what + ": " + cause.getMessage(), remedy);
    }
}
