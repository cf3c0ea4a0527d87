package io.davit.controller.plan;

import io.davit.common.HostId;

/**
 * The first k3s server of a cluster: alone until it is done, since servers that first-boot together
 * on an empty datastore keep different CAs and encryption configs. Afterwards it is a server like
 * the others.
 */
public sealed interface FirstServer {

    /** None was ever started. */
    record None() implements FirstServer {}

    /** This one may have been started. */
    record Chosen(String host, HostId hostId) implements FirstServer {}

    /** It answered /ping and its bootstrap key stands in etcd. */
    record Done(String host, HostId hostId) implements FirstServer {}
}
