package io.davit.controller.plan;

/** What later roles wait for. */
public enum Milestone {
    /** etcd was bootstrapped: every founding member has served a linearizable read. */
    ETCD_DONE,
    /** The address that workers join through answers: the first server is done. */
    ENDPOINT_ANSWERS,
    /** Load balancers and servers are as this plan wants them. */
    ENDPOINT_SETTLED,
    /** No load balancer brings anybody to a server that leaves. */
    BACKENDS_FORGOTTEN
}
