package io.davit.agent.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.agent.journal.JournalRecord.Done;
import io.davit.agent.journal.JournalRecord.Intent;
import io.davit.agent.journal.JournalRecord.Reign;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JournalTest {

    private static final String ID = "a".repeat(32);
    private static final String OTHER = "b".repeat(32);

    @TempDir Path directory;

    private Path file() {
        return directory.resolve("journal");
    }

    private static StepKey key(int number) {
        return new StepKey("op", "h/etcd/step-" + number, 1);
    }

    private static Intent intent(int number) {
        return new Intent(key(number), 3, "d", new byte[] {1, 2, 3});
    }

    private static Done done(int number) {
        return new Done(key(number), 3, "CHANGED", new byte[] {(byte) number});
    }

    @Test
    void whatWasRecordedIsFoundAgainInOrder() throws IOException {
        try (var journal = Journal.open(file())) {
            journal.reign(new Reign(3, 9, ID));
            journal.begin(intent(1));
            journal.end(done(1));
            journal.begin(intent(2));
        }
        try (var journal = Journal.open(file())) {
            assertThat(journal.reign()).isEqualTo(new Reign(3, 9, ID));
            assertThat(journal.unacknowledged()).extracting(Done::key).containsExactly(key(1));
            assertThat(journal.unfinished())
                    .singleElement()
                    .satisfies(found -> {
                        assertThat(found.key()).isEqualTo(key(2));
                        assertThat(found.step()).containsExactly(1, 2, 3);
                    });
        }
    }

    @Test
    void aTornLastRecordIsCutOffAtEveryLength() throws IOException {
        try (var journal = Journal.open(file())) {
            journal.begin(intent(1));
            journal.end(done(1));
        }
        byte[] whole = Files.readAllBytes(file());
        int lastStart = lastLineStart(whole);
        for (int length = lastStart; length < whole.length; length++) {
            Files.write(file(), Arrays.copyOf(whole, length));
            try (var journal = Journal.open(file())) {
                assertThat(journal.unfinished()).as("cut at %d", length).hasSize(1);
                assertThat(journal.unacknowledged()).isEmpty();
                journal.end(done(1));
            }
            try (var journal = Journal.open(file())) {
                assertThat(journal.unacknowledged()).hasSize(1);
            }
        }
    }

    private static int lastLineStart(byte[] content) {
        int at = content.length - 1;
        while (at > 0 && content[at - 1] != '\n') {
            at--;
        }
        return at;
    }

    @Test
    void aDamagedLastLineIsCutOff() throws IOException {
        try (var journal = Journal.open(file())) {
            journal.begin(intent(1));
        }
        Files.writeString(file(), "deadbeef {\"phase\":\"DONE\"}\n", StandardOpenOption.APPEND);
        try (var journal = Journal.open(file())) {
            assertThat(journal.unfinished()).hasSize(1);
        }
    }

    @Test
    void damageInTheMiddleIsFatalAndReported() throws IOException {
        try (var journal = Journal.open(file())) {
            journal.begin(intent(1));
            journal.end(done(1));
        }
        byte[] content = Files.readAllBytes(file());
        content[lastLineStart(content) - 5] ^= 1;
        Files.write(file(), content);

        assertThatThrownBy(() -> Journal.open(file()))
                .isInstanceOf(CorruptJournalException.class)
                .hasMessageContaining("record 2 is damaged");
        assertThat(Files.readAllBytes(file())).isEqualTo(content);
    }

    @Test
    void everyFlippedBitBeforeTheLastRecordIsNoticed() throws IOException {
        try (var journal = Journal.open(file())) {
            journal.begin(intent(1));
            journal.end(done(1));
        }
        byte[] content = Files.readAllBytes(file());
        // the line end before the last record is part of that record's damage: both become one line
        for (int at = 0; at < lastLineStart(content) - 1; at++) {
            byte[] damaged = content.clone();
            damaged[at] ^= 4;
            Files.write(file(), damaged);
            assertThatThrownBy(() -> Journal.open(file()))
                    .as("byte %d", at)
                    .isInstanceOf(CorruptJournalException.class);
        }
    }

    @Test
    void acknowledgedResultsStopWaitingButAreRemembered() throws IOException {
        try (var journal = Journal.open(file())) {
            journal.end(done(1));
            journal.acknowledge(key(1));
            journal.acknowledge(key(7));
        }
        try (var journal = Journal.open(file())) {
            assertThat(journal.unacknowledged()).isEmpty();
            assertThat(journal.result(key(1))).isPresent();
            assertThat(journal.result(key(7))).isEmpty();
        }
    }

    @Test
    void theFileDoesNotGrowForEver() throws IOException {
        byte[] large = new byte[10_000];
        try (var journal = Journal.open(file())) {
            for (int i = 0; i < 1_000; i++) {
                journal.end(new Done(key(i), 1, "CHANGED", large));
                journal.acknowledge(key(i));
            }
            assertThat(journal.result(key(999))).isPresent();
            assertThat(journal.result(key(0))).isEmpty();
        }
        assertThat(Files.size(file())).isLessThan(Journal.REMEMBERED * 16_000L * 2);
    }

    @Test
    void afterAFailedWriteNothingElseIsTaken() throws IOException {
        var journal = Journal.open(file());
        journal.close();
        assertThatThrownBy(() -> journal.begin(intent(1))).hasMessageContaining("cannot write");
        assertThatThrownBy(() -> journal.begin(intent(1)))
                .hasMessageContaining("an earlier write to it failed");
    }

    @Test
    void aReignThatGaveNoIdTellsItLaterAndAHigherOneWins() throws IOException {
        try (var journal = Journal.open(file())) {
            journal.reign(new Reign(5, 4, ""));
            journal.reign(new Reign(5, 0, ID));
            assertThat(journal.reign()).isEqualTo(new Reign(5, 4, ID));
            journal.reign(new Reign(6, 0, OTHER));
        }
        try (var journal = Journal.open(file())) {
            assertThat(journal.reign()).isEqualTo(new Reign(6, 0, OTHER));
        }
    }

    @Test
    void aReignInAnOlderAgentsJournalHasNoId() {
        assertThat(
                        RecordLine.read(
                                "cd7c2038"
                                    + " {\"phase\":\"EPOCH\",\"epoch\":7,\"operationSequence\":2}"))
                .contains(new Reign(7, 2, ""));
    }

    @Test
    void aLowerReignIsNotTakenOver() throws IOException {
        try (var journal = Journal.open(file())) {
            journal.reign(new Reign(5, 1, ID));
            journal.reign(new Reign(4, 9, ID));
            journal.reign(new Reign(5, 0, ID));
            journal.reign(new Reign(5, 2, OTHER));
            journal.reign(new Reign(5, 3, ""));
            assertThat(journal.reign()).isEqualTo(new Reign(5, 1, ID));
        }
    }

    @Test
    void theLedgerIsReadBackAsItWasWritten() throws IOException {
        Path file = directory.resolve("ledger");
        var store = LedgerStore.open(file);
        var inputs = new TreeMap<String, String>();
        inputs.put("etcd", "abc");
        Ledger written =
                store.change(ledger ->
                        ledger.withPaths("etcd", java.util.List.of("/etc/etcd"))
                                .withPaths("worker", java.util.List.of("/etc/etcd"))
                                .withUser("etcd", "etcd")
                                .withUnit(
                                        "etcd",
                                        Ledger.UnitEntry.stopped("etcd", new TreeMap<>())
                                                .started("one", inputs))
                                .withArtifact(
                                        "etcd",
                                        new Ledger.ArtifactEntry("3.5", "ab", "f", inputs, "")));

        Ledger read = LedgerStore.open(file).ledger();

        assertThat(read).isEqualTo(written);
        Ledger.UnitEntry unit = read.units().values().iterator().next();
        assertThat(unit.knows("one")).isTrue();
        assertThat(unit.knows("two")).isFalse();
        assertThat(read.withoutPath("etcd", "/etc/etcd").owns("/etc/etcd")).isTrue();
    }

    @Test
    void aLedgerFromBeforeInvocationsWereNotedIsBelieved() throws IOException {
        Path file = directory.resolve("ledger");
        Files.writeString(
                file,
                """
                {"paths": {}, "users": {}, "artifacts": {}, "units": {
                  "etcd": {"role": "etcd", "parameters": {}, "startedWith": {"etcd": "abc"},
                    "pending": null},
                  "k3s": {"role": "control-plane", "parameters": {}, "startedWith": {},
                    "pending": null}}}
                """);

        var units = LedgerStore.open(file).ledger().units();

        assertThat(units.get("etcd")).matches(etcd -> etcd.knows("any"), "knows what runs");
        assertThat(units.get("k3s")).matches(k3s -> !k3s.knows("any"), "was never started");
    }

    @Test
    void aDamagedLedgerIsNotTakenForAnEmptyOne() throws IOException {
        Path file = directory.resolve("ledger");
        Files.writeString(file, "{\"paths\": {");
        assertThatThrownBy(() -> LedgerStore.open(file)).hasMessageContaining("cannot read ledger");
    }
}
