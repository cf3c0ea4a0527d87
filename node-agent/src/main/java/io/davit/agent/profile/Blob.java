package io.davit.agent.profile;

/** Something that a role makes a file of, for the controller. */
public sealed interface Blob {

    /** The wire name. */
    String name();

    /** A snapshot of the data of the etcd member on this host. */
    record EtcdSnapshot(String name) implements Blob {}
}
