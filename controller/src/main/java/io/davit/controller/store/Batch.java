package io.davit.controller.store;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Several writes that happen together or not at all, if everything that was read before is still as
 * it was read.
 *
 * @param expected key to the revision it must have now; 0 means that the key must be absent
 * @param writes key to its new content; empty removes the key
 */
public record Batch(Map<String, Long> expected, Map<String, Optional<String>> writes) {

    /** Copies both maps, keeping their order. */
    public Batch {
        expected = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(expected));
        writes = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(writes));
        writes.keySet().forEach(DocumentKeys::check);
    }
}
