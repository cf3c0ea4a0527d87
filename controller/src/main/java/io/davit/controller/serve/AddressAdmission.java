package io.davit.controller.serve;

import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;

/**
 * Counts connections: open ones and new ones in this second, per address and in all. One address
 * may take half of the port's new ones at most, so that no single one keeps all others out.
 */
final class AddressAdmission implements Admission {

    private final ListenerLimits limits;
    private final Clock clock;
    private final Map<InetAddress, Integer> open = new HashMap<>();

    /** In this second; it has no more entries than connections may be new in one. */
    private final Map<InetAddress, Integer> newFrom = new HashMap<>();

    private int all;
    private long second;
    private int newInSecond;

    AddressAdmission(ListenerLimits limits, Clock clock) {
        this.limits = limits;
        this.clock = clock;
    }

    @Override
    public boolean admit(Channel channel) {
        if (!(channel.remoteAddress() instanceof InetSocketAddress remote)) {
            return false;
        }
        InetAddress address = remote.getAddress();
        if (!enter(address)) {
            return false;
        }
        channel.closeFuture().addListener(_ -> leave(address));
        return true;
    }

    synchronized boolean enter(InetAddress address) {
        long now = clock.instant().getEpochSecond();
        if (now != second) {
            second = now;
            newInSecond = 0;
            newFrom.clear();
        }
        int fromHere = open.getOrDefault(address, 0);
        if (newInSecond >= limits.newPerSecond()
                || newFrom.getOrDefault(address, 0) >= limits.newPerSecondAndAddress()
                || all >= limits.connections()
                || fromHere >= limits.connectionsPerAddress()) {
            return false;
        }
        newInSecond++;
        newFrom.merge(address, 1, Integer::sum);
        all++;
        open.put(address, fromHere + 1);
        return true;
    }

    private synchronized void leave(InetAddress address) {
        all--;
        open.computeIfPresent(address, (_, count) -> count == 1 ? null : count - 1);
    }
}
