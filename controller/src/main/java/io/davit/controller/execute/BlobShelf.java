package io.davit.controller.execute;

import io.davit.common.HostId;
import io.davit.controller.agentlink.BlobDesk;
import io.davit.controller.agentlink.BlobDesk.BlobRefusedException;

/** Where what hosts send is kept. */
public interface BlobShelf {

    /** Keeps nothing, and has no room for anything. */
    BlobShelf NONE =
            new BlobShelf() {
                @Override
                public BlobDesk.Incoming open(String cluster, HostId from, BlobDesk.Head head)
                        throws BlobRefusedException {
                    throw new BlobRefusedException(
                            BlobRefusedException.Cause.NO_ROOM, "nothing is kept here");
                }

                @Override
                public boolean holds(String cluster, String name) {
                    return false;
                }
            };

    /**
     * Begins to take one.
     *
     * @throws BlobRefusedException if there is no room for it
     */
    BlobDesk.Incoming open(String cluster, HostId from, BlobDesk.Head head)
            throws BlobRefusedException;

    /** Whether all of it is here. */
    boolean holds(String cluster, String name);
}
