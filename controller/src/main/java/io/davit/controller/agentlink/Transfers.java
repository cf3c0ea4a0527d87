package io.davit.controller.agentlink;

import io.davit.common.HostId;
import io.grpc.Status;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Files on their way to and from hosts. A lost session ends no transfer, as it ends no step; the
 * host's removal does.
 */
final class Transfers {

    private final Map<HostId, Set<Transfer>> running = new ConcurrentHashMap<>();

    void add(HostId host, Transfer stream) {
        running.compute(
                host,
                (_, streams) -> {
                    Set<Transfer> all = streams == null ? ConcurrentHashMap.newKeySet() : streams;
                    all.add(stream);
                    return all;
                });
    }

    void remove(HostId host, Transfer stream) {
        running.computeIfPresent(
                host,
                (_, streams) -> {
                    streams.remove(stream);
                    return streams.isEmpty() ? null : streams;
                });
    }

    /** Ends all of a host's transfers. */
    void end(HostId host, String why) {
        running.getOrDefault(host, Set.of())
                .forEach(stream -> stream.breakOff(Status.PERMISSION_DENIED, why));
    }
}
