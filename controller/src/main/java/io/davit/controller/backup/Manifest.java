package io.davit.controller.backup;

import java.time.Instant;
import java.util.List;

/**
 * The first file of a backup: what the others are.
 *
 * @param format of the backup; a Davit restores those that it knows
 * @param version of the Davit that made it
 * @param epoch the last reign's
 * @param rootPin by which agents know the controller that this is a backup of
 */
record Manifest(
        int format, Instant takenAt, String version, long epoch, String rootPin, List<Part> parts) {

    static final int FORMAT = 1;
    static final String NAME = "manifest.json";

    Manifest {
        parts = List.copyOf(parts);
    }

    /**
     * A file of the controller.
     *
     * @param name in the backup
     * @param path absolute; where it came from and goes back to
     * @param mode permission bits
     * @param owned by the user of {@code davit serve}, not by root
     */
    record Part(Kind kind, String name, String path, int mode, boolean owned, Content content) {}

    /** What was measured as it was copied. */
    record Content(long sizeBytes, String sha256) {}

    /** In the order in which a restore puts them in place: the last one makes it a controller. */
    enum Kind {
        KEY,
        OTHER,
        STATE,
        CONFIG
    }

    Part only(Kind kind) {
        List<Part> found = parts.stream().filter(part -> part.kind() == kind).toList();
        if (found.size() != 1) {
            throw new IllegalArgumentException(
                    "the manifest names " + found.size() + " files of kind " + kind);
        }
        return found.getFirst();
    }
}
