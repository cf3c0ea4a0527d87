package io.davit.controller.serve;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.io.IOException;

/**
 * Worker threads that ask an {@link Admission} before they take a connection. A refused
 * registration makes Netty's acceptor close the channel; grpc-java offers no earlier place.
 */
final class AdmittingEventLoops extends MultiThreadIoEventLoopGroup {

    private final Admission admission;

    AdmittingEventLoops(int threads, IoHandlerFactory factory, Admission admission) {
        super(threads, factory);
        this.admission = admission;
    }

    @Override
    public ChannelFuture register(Channel channel) {
        if (admission.admit(channel)) {
            return super.register(channel);
        }
        return new DefaultChannelPromise(channel, next())
                .setFailure(new IOException("connection not admitted"));
    }
}
