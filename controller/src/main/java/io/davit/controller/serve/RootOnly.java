package io.davit.controller.serve;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Admits a unix socket's peer only if the kernel says that it is root. */
final class RootOnly implements Admission {

    private static final Logger LOG = LoggerFactory.getLogger(RootOnly.class);

    @Override
    public boolean admit(Channel channel) {
        if (!(channel instanceof EpollDomainSocketChannel socket)) {
            return false;
        }
        try {
            int uid = socket.peerCredentials().uid();
            if (uid != 0) {
                LOG.warn("denied the admin socket to uid {}", uid);
            }
            return uid == 0;
        } catch (IOException e) {
            LOG.warn("cannot read who is at the admin socket: {}", e.getMessage());
            return false;
        }
    }
}
