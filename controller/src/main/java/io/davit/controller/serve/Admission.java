package io.davit.controller.serve;

import io.netty.channel.Channel;

/** Decides about a connection before a byte of it is read. */
@FunctionalInterface
interface Admission {

    /** Whether this connection may stay; it must be told when the channel closes, by its future. */
    boolean admit(Channel channel);
}
