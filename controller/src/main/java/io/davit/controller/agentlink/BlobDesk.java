package io.davit.controller.agentlink;

import io.davit.common.HostId;
import java.io.IOException;

/** Takes what hosts send because a step asked for it. */
public interface BlobDesk {

    /** Nobody has asked for anything. */
    static BlobDesk closed() {
        return (_, _, _) -> {
            throw new BlobRefusedException(
                    BlobRefusedException.Cause.NOT_ASKED, "nobody has asked for it");
        };
    }

    /**
     * Begins to take one. It is to be ended, by finishing or by discarding it.
     *
     * @param from whose certificate the call has, never what a message says
     * @param breakOff is called when the step ends while this is still on its way
     * @throws BlobRefusedException unless exactly this step runs on exactly this host now, and
     *     sends nothing else
     */
    Incoming open(HostId from, Head head, Runnable breakOff) throws BlobRefusedException;

    /**
     * What is about to come, as the host says.
     *
     * @param sha256 lower-case hex
     */
    record Head(
            String operationId,
            String stepId,
            int attempt,
            String name,
            long sizeBytes,
            String sha256,
            SnapshotFacts facts) {}

    /**
     * What a snapshot of etcd holds, as the host's own etcdutl reads it.
     *
     * @param memberId lower-case hex
     * @param hash an unsigned number of 32 bits
     */
    record SnapshotFacts(
            String memberId, String etcdVersion, long revision, long totalKeys, long hash) {}

    /** One on its way. Used by one thread at a time. */
    interface Incoming {

        /** The next bytes. */
        void take(byte[] data) throws IOException;

        /**
         * That was all, and it has the size and the digest of its head. It is kept, durably, when
         * this returns.
         *
         * @throws BlobRefusedException if it is not what it says, or is not wanted any more
         */
        void finish() throws IOException, BlobRefusedException;

        /** Nothing of it is kept. Does nothing after its end. */
        void discard();
    }

    /** Why it is not taken; the message may be shown to the host. */
    final class BlobRefusedException extends Exception {

        private static final long serialVersionUID = 1L;

        /** What the host can do about it. */
        public enum Cause {
            /** No step that runs on this host now makes it. */
            NOT_ASKED,
            /** A person makes room. */
            NO_ROOM,
            /** It is something else than it says. */
            WRONG
        }

        private final Cause refusal;

        public BlobRefusedException(Cause refusal, String why) {
            super(why);
            this.refusal = refusal;
        }

        public Cause refusal() {
            return refusal;
        }
    }
}
