package io.davit.controller.serve;

import io.davit.common.HostId;
import io.davit.controller.agentlink.BlobDesk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Takes blobs of step "e1/etcd/snapshot" into memory, and remembers what was thrown away. */
final class ReceivedBlobs implements BlobDesk {

    final Map<String, byte[]> kept = new ConcurrentHashMap<>();
    final List<String> discarded = new CopyOnWriteArrayList<>();
    final List<Runnable> breaks = new CopyOnWriteArrayList<>();

    @Override
    public Incoming open(HostId from, Head head, Runnable breakOff) throws BlobRefusedException {
        if (!head.stepId().equals("e1/etcd/snapshot")) {
            throw new BlobRefusedException(
                    BlobRefusedException.Cause.NOT_ASKED, "no step that runs makes it");
        }
        breaks.add(breakOff);
        var content = new ByteArrayOutputStream();
        return new Incoming() {

            private boolean over;

            @Override
            public void take(byte[] data) throws IOException {
                content.write(data);
            }

            @Override
            public void finish() {
                over = true;
                kept.put(from + " " + head.name(), content.toByteArray());
            }

            @Override
            public void discard() {
                if (!over) {
                    over = true;
                    discarded.add(head.name());
                }
            }
        };
    }
}
