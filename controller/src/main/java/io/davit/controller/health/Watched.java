package io.davit.controller.health;

import java.util.List;
import java.util.Map;

/**
 * The names of the agents' watched probes, and of their details, as they are on the wire. A test
 * holds them to the agents' catalogue.
 */
public final class Watched {

    public static final String ETCD = "etcd";
    public static final String LOAD_BALANCER = "load-balancer";
    public static final String CONTROL_PLANE = "control-plane";
    public static final String WORKER = "worker";

    /** The role's unit is active. */
    public static final String UNIT = "unit";

    /** etcd: a linearizable read through its listener on loopback. */
    public static final String ETCD_HEALTH = "health";

    /** etcd: has-leader, leader, learner, db-bytes, db-in-use-bytes, db-quota-bytes. */
    public static final String ETCD_NUMBERS = "numbers";

    /** HAProxy runs and its admin socket answers. */
    public static final String HAPROXY = "haproxy-serving";

    /** Per server of the backend its status and check; ok while one is up. */
    public static final String BACKENDS = "backends";

    /** keepalived runs; address, held. No details where there is no virtual IP. */
    public static final String VIRTUAL_IP = "virtual-ip";

    /** The API server's own checks. */
    public static final String READYZ = "readyz";

    /** The kubelet's own word, on loopback. */
    public static final String KUBELET = "kubelet";

    /** The server's own node is Ready. */
    public static final String OWN_NODE = "own-node";

    /** Per node "Ready", or what it lacks. */
    public static final String NODES = "nodes";

    /** A worker: the endpoint by which it has joined answers. */
    public static final String OWN_ENDPOINT = "own-endpoint";

    /** Not watched but asked: the last lines that the role's service logged. */
    public static final String LOG = "log";

    /** All that are watched, by role. */
    static final Map<String, List<String>> BY_ROLE =
            Map.of(
                    ETCD, List.of(UNIT, ETCD_HEALTH, ETCD_NUMBERS),
                    LOAD_BALANCER, List.of(HAPROXY, BACKENDS, VIRTUAL_IP),
                    CONTROL_PLANE, List.of(UNIT, READYZ, KUBELET, OWN_NODE, NODES),
                    WORKER, List.of(UNIT, KUBELET, OWN_ENDPOINT));

    private Watched() {}
}
