package io.davit.agent.session;

import io.davit.agent.upgrade.SelfUpgrade;
import io.davit.proto.agent.v1.CommitAgent;
import io.davit.proto.agent.v1.UpgradeAgent;
import io.davit.proto.agent.v1.UpgradeProgress;
import java.util.Optional;
import java.util.function.Consumer;

/** Says that it takes what it is told, and does nothing. */
public final class FakeUpgrade implements SelfUpgrade {

    volatile Standing standing = new Standing("", false, Optional.empty());

    @Override
    public Standing standing() {
        return standing;
    }

    @Override
    public void upgrade(UpgradeAgent order, Consumer<UpgradeProgress> tell) {
        tell.accept(UpgradeProgress.newBuilder().setDoing("taken").build());
    }

    @Override
    public void commit(CommitAgent commit, Consumer<UpgradeProgress> tell) {
        tell.accept(UpgradeProgress.newBuilder().setCommitted(true).build());
    }
}
