package io.davit.controller.spec;

import java.util.List;

/**
 * What a person should know of a spec's versions.
 *
 * @param k3s where the K3s version comes from: "newest stable on 2026-11-23"; empty where the file
 *     names it
 * @param etcd the same of etcd
 * @param warnings that stop nothing
 */
public record VersionNotes(String k3s, String etcd, List<String> warnings) {

    /** Both are the file's, and there is nothing to say of them. */
    public static final VersionNotes NONE = new VersionNotes("", "", List.of());

    public VersionNotes {
        warnings = List.copyOf(warnings);
    }
}
