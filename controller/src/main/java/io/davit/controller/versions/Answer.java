package io.davit.controller.versions;

import io.davit.controller.release.KnownReleases;
import java.time.Instant;
import java.util.Optional;

/**
 * What a source says, or said when it was last reached.
 *
 * @param kind "channel server", "list of releases", "directory"
 * @param place its URL or directory
 * @param known empty where it never answered
 * @param at when it said so
 * @param failure why it could not be asked now; empty where the answer is as young as wanted
 */
public record Answer(
        String kind,
        String place,
        Optional<KnownReleases> known,
        Optional<Instant> at,
        Optional<String> failure) {

    /** Whether it answered, recently enough. */
    boolean fresh() {
        return known.isPresent() && failure.isEmpty();
    }
}
