package io.davit.common;

import java.nio.charset.StandardCharsets;

/**
 * Which part of a slot's content a running service read at its start, so that a change of the rest
 * restarts nobody.
 *
 * <p>Of etcd's configuration the {@code initial-*} keys are left out: a member reads them once in
 * its life, on an empty data directory, and they are rewritten after bootstrap while it runs
 * (etcd-io/etcd#12227).
 */
public final class RestartInputs {

    /** The slot of etcd's static configuration file. */
    public static final String ETCD_CONFIG = "etcd.config";

    private RestartInputs() {}

    /** The bytes whose digest is the slot's restart digest. */
    public static byte[] of(String slot, byte[] content) {
        if (!slot.equals(ETCD_CONFIG)) {
            return content;
        }
        var kept = new StringBuilder();
        for (String line : new String(content, StandardCharsets.UTF_8).split("\n", -1)) {
            if (!line.startsWith("initial-")) {
                kept.append(line).append('\n');
            }
        }
        return kept.toString().getBytes(StandardCharsets.UTF_8);
    }
}
