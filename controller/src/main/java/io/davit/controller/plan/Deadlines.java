package io.davit.controller.plan;

import java.time.Duration;

/**
 * After which time a step has failed. Bring-up times were measured on two busy cores: etcd's quorum
 * in 2 s, the first server's /ping in 4 s, a node Ready after 30 to 110 s; these leave room for
 * slow disks.
 */
public final class Deadlines {

    public static final Duration PREPARE = Duration.ofMinutes(2);
    public static final Duration PACKAGE = Duration.ofMinutes(10);
    public static final Duration ACTION = Duration.ofSeconds(30);
    public static final Duration ARTIFACT = Duration.ofMinutes(20);
    public static final Duration CERTIFICATE = Duration.ofMinutes(1);
    public static final Duration FILE = Duration.ofSeconds(30);
    public static final Duration SERVICE = Duration.ofMinutes(2);
    public static final Duration REACH = Duration.ofSeconds(20);
    public static final Duration HEALTHY = Duration.ofMinutes(3);
    public static final Duration NODE_READY = Duration.ofMinutes(5);

    /** The usual patience of whoever drains a node by hand. */
    public static final Duration DRAIN = Duration.ofMinutes(5);

    public static final Duration REMOVE = Duration.ofMinutes(10);

    /** etcd's largest recommended database, 8 GiB, over a tenth of a gigabit network. */
    public static final Duration SNAPSHOT = Duration.ofMinutes(30);

    public static final Duration CONTROLLER = Duration.ofSeconds(30);

    private Deadlines() {}
}
