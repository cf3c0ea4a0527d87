package io.davit.agent.observe;

import io.davit.agent.system.FileStatus;

/**
 * What stands in a slot.
 *
 * @param digest the slot digest; empty if it is not a regular file, is longer than the slot allows,
 *     or is secret while the inventory key is not known
 * @param restartDigest digest of the part that a running service read at its start
 */
public record SlotReading(FileStatus status, String digest, String restartDigest) {}
