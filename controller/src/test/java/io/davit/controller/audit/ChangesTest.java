package io.davit.controller.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.common.Secret;
import io.davit.controller.store.Batch;
import io.davit.controller.store.Document;
import io.davit.controller.store.InMemoryStore;
import io.davit.controller.store.Records;
import io.davit.controller.store.Table;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class ChangesTest {

    private static final Table<Counter> COUNTERS = new Table<>("counter", Counter.class);
    private static final Secret KEY = Secret.ofText("audit key");
    private static final Change CHANGE =
            new Change(new Actor("operator/anna", "admin", "198.18.0.1"), "m", "counter/a", "x");

    private final InMemoryStore store = new InMemoryStore();
    private final Clock clock = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
    private final Changes changes = new Changes(store, KEY, clock);
    private final Records records = new Records(store);
    private final AuditChain chain = new AuditChain(KEY, clock);

    record Counter(int n) {}

    private int increment() {
        return changes.make(
                CHANGE,
                transaction -> {
                    int n = transaction.find(COUNTERS, "a").map(Counter::n).orElse(0) + 1;
                    transaction.put(COUNTERS, "a", new Counter(n));
                    return n;
                });
    }

    @Test
    void aChangeAndItsRowStandTogether() {
        increment();
        assertThat(records.find(COUNTERS, "a")).contains(new Counter(1));
        assertThat(AuditChain.newest(records, 10))
                .singleElement()
                .satisfies(row -> {
                    assertThat(row.actor()).isEqualTo("operator/anna");
                    assertThat(row.result()).isEqualTo("ok");
                    assertThat(row.argsDigest()).hasSize(64);
                });
        assertThat(chain.verify(records)).isEmpty();
    }

    @Test
    void workThatThrowsLeavesNothing() {
        assertThatThrownBy(() ->
                        changes.make(
                                CHANGE,
                                transaction -> {
                                    transaction.put(COUNTERS, "a", new Counter(9));
                                    throw new IllegalArgumentException("no");
                                }))
                .hasMessage("no");
        assertThat(records.find(COUNTERS, "a")).isEmpty();
        assertThat(AuditChain.newest(records, 10)).isEmpty();
    }

    @Test
    void workThatOnlyReadsLeavesNoRow() {
        changes.make(CHANGE, transaction -> transaction.find(COUNTERS, "a"));
        assertThat(AuditChain.newest(records, 10)).isEmpty();
    }

    @Test
    void parallelChangesLoseNothing() throws Exception {
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            var done = new ArrayList<Future<Integer>>();
            for (int i = 0; i < 50; i++) {
                done.add(pool.submit(this::increment));
            }
            for (Future<Integer> future : done) {
                future.get();
            }
        }
        assertThat(records.find(COUNTERS, "a")).contains(new Counter(50));
        assertThat(AuditChain.newest(records, 100)).hasSize(50);
        assertThat(chain.verify(records)).isEmpty();
    }

    @Test
    void aChangeBySomebodyElseInBetweenIsSeen() throws Exception {
        increment();
        var first = new ArrayList<Integer>();
        int result =
                changes.make(
                        CHANGE,
                        transaction -> {
                            int n = transaction.find(COUNTERS, "a").orElseThrow().n();
                            if (first.isEmpty()) {
                                overwrite("counter/a", "{\"n\":10}");
                            }
                            first.add(n);
                            transaction.put(COUNTERS, "a", new Counter(n + 1));
                            return n + 1;
                        });
        assertThat(first).containsExactly(1, 10);
        assertThat(result).isEqualTo(11);
    }

    private void overwrite(String key, String text) {
        try {
            store.commit(new Batch(Map.of(), Map.of(key, Optional.of(text))));
        } catch (io.davit.controller.store.ConflictException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aRowThatWasChangedMovedOrTakenOutShows() {
        for (int i = 0; i < 5; i++) {
            increment();
        }
        List<Document> rows = store.list("audit/");
        Document third = rows.get(2);
        overwrite(third.key(), third.content().replace("anna", "otto"));
        assertThat(chain.verify(records)).contains("audit row 3 was changed");
        overwrite(third.key(), rows.get(3).content());
        assertThat(chain.verify(records)).isPresent();
        overwrite(third.key(), third.content());
        assertThat(chain.verify(records)).isEmpty();
        remove(third.key());
        assertThat(chain.verify(records)).contains("audit row 3 is missing");
        overwrite(third.key(), third.content());
        remove(rows.get(4).key());
        assertThat(chain.verify(records)).get().asString().contains("behind 4");
    }

    private void remove(String key) {
        try {
            store.commit(new Batch(Map.of(), Map.of(key, Optional.empty())));
        } catch (io.davit.controller.store.ConflictException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void anotherKeysChainIsNotOurs() {
        increment();
        assertThat(new AuditChain(Secret.ofText("other"), clock).verify(records)).isPresent();
    }

    @Test
    void aFloodOfDeniedCallsIsCountedNotKept() {
        for (int i = 0; i < 500; i++) {
            changes.denied("agents", CHANGE, "no right");
        }
        assertThat(AuditChain.newest(records, 1000)).hasSize(20);
        var later = new Changes(store, KEY, Clock.offset(clock, java.time.Duration.ofSeconds(1)));
        later.denied("agents", CHANGE, "no right");
        assertThat(chain.verify(records)).isEmpty();
        assertThat(AuditChain.newest(records, 1).getFirst().result()).isEqualTo("denied: no right");
    }

    @Test
    void aFloodAtOneDoorHidesNoDeniedCallAtAnother() {
        for (int i = 0; i < 500; i++) {
            changes.denied("enrolment", CHANGE, "flood");
        }
        changes.denied("operators", CHANGE, "no right");

        assertThat(AuditChain.newest(records, 1).getFirst().result()).isEqualTo("denied: no right");
    }
}
