package io.davit.agent.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.agent.journal.Journal;
import io.davit.agent.journal.JournalRecord.Reign;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StateLockTest {

    @TempDir Path folder;

    @Test
    void oneAgentAtATime() throws IOException {
        Path state = folder.resolve("agent");
        try (var _ = StateLock.take(state)) {
            assertThatThrownBy(() -> StateLock.take(state))
                    .hasMessageContaining("stop it first: systemctl stop davit-agent");
        }
        StateLock.take(state).close();
    }

    @Test
    void aForgottenEpochStaysForgotten() throws IOException {
        Path file = folder.resolve("journal");
        try (var journal = Journal.open(file)) {
            journal.reign(new Reign(70_000, 3, "a".repeat(32)));
            journal.forgetReign();
        }
        try (var journal = Journal.open(file)) {
            assertThat(journal.reign()).isEqualTo(Reign.NONE);
            journal.reign(new Reign(4, 1, "b".repeat(32)));
            assertThat(journal.reign().epoch()).isEqualTo(4);
        }
    }
}
