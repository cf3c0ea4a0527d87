package io.davit.controller.upgrade;

import java.util.List;
import java.util.Optional;

/** What an upgrade asks of hosts and clusters. */
public interface Fleet {

    /** All hosts that are accepted. */
    List<Member> members();

    /** How a cluster does, asked now. */
    Standing standing(String cluster) throws InterruptedException;

    /** The operation that runs on a cluster. */
    Optional<String> runningOperation(String cluster);

    /**
     * How a cluster does.
     *
     * @param badness 0 healthy, 1 degraded, 2 down
     * @param why what is wrong, in one line; empty if nothing is
     */
    record Standing(int badness, String why) {

        String text() {
            return switch (badness) {
                case 0 -> "healthy";
                case 1 -> "degraded";
                default -> "down";
            };
        }
    }
}
