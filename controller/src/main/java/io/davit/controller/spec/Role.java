package io.davit.controller.spec;

import java.util.Arrays;
import java.util.Optional;

/** What a host does in a cluster, in the order in which roles of one host are worked on. */
public enum Role {
    ETCD("etcd"),
    LOAD_BALANCER("load-balancer"),
    CONTROL_PLANE("control-plane"),
    WORKER("worker");

    private final String text;

    Role(String text) {
        this.text = text;
    }

    /** As written in the spec and on the wire: "control-plane". */
    public String text() {
        return text;
    }

    public static Optional<Role> of(String text) {
        return Arrays.stream(values()).filter(role -> role.text.equals(text)).findFirst();
    }

    @Override
    public String toString() {
        return text;
    }
}
