package io.davit.agent.step;

import com.google.protobuf.InvalidProtocolBufferException;
import io.davit.agent.journal.JournalRecord.Intent;
import io.davit.agent.journal.StepKey;
import io.davit.agent.observe.SlotDigests;
import io.davit.agent.profile.Catalogue;
import io.davit.common.Digests;
import io.davit.proto.agent.v1.Step;
import io.davit.proto.agent.v1.WriteFile;
import java.util.Optional;

/**
 * A step as the journal keeps it: of a content only the slot digest, under a key of the agent's
 * own, since the controller's is not at hand when the journal is replayed.
 */
final class JournaledStep {

    private JournaledStep() {}

    static Intent intent(
            StepKey key, long epoch, Step step, Catalogue catalogue, SlotDigests digests) {
        byte[] kept = withoutContent(step, catalogue, digests).toByteArray();
        return new Intent(key, epoch, Digests.sha256Hex(kept), kept);
    }

    private static Step withoutContent(Step step, Catalogue catalogue, SlotDigests digests) {
        if (!step.hasWriteFile() || !step.getWriteFile().hasContent()) {
            return step;
        }
        WriteFile write = step.getWriteFile();
        String digest =
                catalogue
                        .profile(step.getRole())
                        .flatMap(profile -> profile.slot(write.getSlot()))
                        .flatMap(slot -> digests.digest(slot, write.getContent().toByteArray()))
                        .orElse("");
        return step.toBuilder()
                .setWriteFile(write.toBuilder().clearContent().setContentDigest(digest))
                .build();
    }

    /** Empty if the record holds no step. */
    static Optional<Step> read(Intent intent) {
        try {
            return Optional.of(Step.parseFrom(intent.step()));
        } catch (InvalidProtocolBufferException e) {
            return Optional.empty();
        }
    }
}
