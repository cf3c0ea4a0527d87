package io.davit.controller.upgrade;

import io.davit.controller.store.Table;

/**
 * An archive of one build of the agent.
 *
 * @param arch "amd64" or "arm64"
 * @param sha256 of the archive
 * @param own it came with this controller; otherwise root has imported it
 */
public record AgentPackage(
        String version, String build, String arch, String sha256, long sizeBytes, boolean own) {

    /** Those that were imported, by SHA-256. */
    static final Table<AgentPackage> TABLE = new Table<>("agent-package", AgentPackage.class);
}
