package io.davit.agent.upgrade;

import io.davit.proto.agent.v1.CommitAgent;
import io.davit.proto.agent.v1.EndedUpgrade;
import io.davit.proto.agent.v1.UpgradeAgent;
import io.davit.proto.agent.v1.UpgradeProgress;
import java.util.Optional;
import java.util.function.Consumer;

/** What the session may ask about this agent's own build. */
public interface SelfUpgrade {

    /**
     * What a Hello says.
     *
     * @param build of the running agent; empty if it cannot be replaced
     * @param onTrial it goes unless it is committed
     * @param last how the last change ended; read anew each time
     */
    record Standing(String build, boolean onTrial, Optional<EndedUpgrade> last) {}

    /** How it stands now. */
    Standing standing();

    /**
     * Follows an order. Takes as long as fetching does; where the build can be put on trial this
     * process ends meanwhile.
     *
     * @param tell takes what is to be told of it; the last is a refusal, if anything is
     */
    void upgrade(UpgradeAgent order, Consumer<UpgradeProgress> tell) throws InterruptedException;

    /** The running build is kept for good, if it is this one. */
    void commit(CommitAgent commit, Consumer<UpgradeProgress> tell);
}
