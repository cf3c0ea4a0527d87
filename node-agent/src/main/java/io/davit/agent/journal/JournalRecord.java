package io.davit.agent.journal;

/** One line of the journal. */
public sealed interface JournalRecord {

    /**
     * About to be applied.
     *
     * @param digest SHA-256 of the step as it came, hex
     * @param step the step without contents, as a protocol message
     */
    record Intent(StepKey key, long epoch, String digest, byte[] step) implements JournalRecord {}

    /**
     * Ended.
     *
     * @param outcome {@code Changed}, {@code Unchanged}, …, for people who read the file
     * @param result the whole result, as a protocol message
     */
    record Done(StepKey key, long epoch, String outcome, byte[] result) implements JournalRecord {}

    /** The controller has the result. */
    record Acknowledged(StepKey key) implements JournalRecord {}

    /**
     * The highest reign that was obeyed.
     *
     * @param id of the reign itself, since two controllers that were started from one state may
     *     reach one epoch; empty if it gave none
     */
    record Reign(long epoch, long operationSequence, String id) implements JournalRecord {

        /** Before the first. */
        public static final Reign NONE = new Reign(0, 0, "");

        /** This epoch was obeyed, and from another reign. */
        public boolean excludes(long otherEpoch, String otherId) {
            return otherEpoch == epoch && !id.isEmpty() && !id.equals(otherId);
        }
    }
}
