package io.davit.controller.snapshot;

import java.time.Instant;

/**
 * A snapshot of a cluster's etcd that is held, as it is stored.
 *
 * @param name unique; that of the operation that took it, so that names sort by time
 * @param takenAt when all of it was here
 * @param origin what it was taken of
 * @param content what is in it
 */
public record Snapshot(
        String name, String cluster, Instant takenAt, Origin origin, Content content) {

    /**
     * The cluster as it was accepted then.
     *
     * @param host spec name of the host that it comes from
     * @param hostId that host's
     * @param specYaml as it was given
     */
    public record Origin(
            String host, String hostId, long generation, String k3sVersion, String specYaml) {}

    /**
     * What its host's etcdutl says of it, and what was measured here.
     *
     * @param hash of etcd's own, of the database
     * @param sha256 of the whole file
     */
    public record Content(
            String memberId,
            String etcdVersion,
            long revision,
            long totalKeys,
            long hash,
            long sizeBytes,
            String sha256) {}
}
