package io.davit.controller.store;

/**
 * A stored document.
 *
 * @param key where it stands; segments of {@code [a-z0-9._-]} separated by {@code /}
 * @param revision the store-wide revision that wrote it; never 0, never used twice
 * @param content JSON text
 */
public record Document(String key, long revision, String content) {}
