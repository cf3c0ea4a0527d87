package io.davit.agent.step;

import io.davit.proto.agent.v1.BlobHead;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.LongConsumer;

/** Where the blobs of running steps go: the controller's {@code PutBlob}. */
public interface BlobSink {

    /**
     * Sends a file from its beginning and returns when the controller has all of it on its disk.
     *
     * @param sent hears now and then how many bytes have gone out
     * @throws IOException if it cannot be sent now: worth another try
     * @throws RefusedException if the controller will not have it
     */
    void put(BlobHead head, Path file, Duration deadline, LongConsumer sent)
            throws IOException, RefusedException, InterruptedException;

    /** The controller will not have it; its message says why. */
    final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        private final boolean full;

        /**
         * @param full it has no room: a person makes some
         */
        public RefusedException(String why, boolean full) {
            super(why);
            this.full = full;
        }

        boolean full() {
            return full;
        }
    }
}
