package io.davit.controller.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store keeps. */
abstract class StateStoreContract {

    private static final long SEED = 20260101;

    private StateStore store;

    abstract StateStore open();

    @BeforeEach
    void openStore() {
        store = open();
    }

    @AfterEach
    void close() {
        store.close();
    }

    StateStore store() {
        return store;
    }

    void reopen() {
        store.close();
        store = open();
    }

    private void put(String key, String content) throws ConflictException {
        store.commit(new Batch(Map.of(), Map.of(key, Optional.of(content))));
    }

    private long revision(String key) {
        return store.read(key).map(Document::revision).orElse(0L);
    }

    @Test
    void whatWasWrittenIsReadAndWhatWasRemovedIsGone() throws Exception {
        put("host/a", "1");
        assertThat(store.read("host/a")).map(Document::content).contains("1");
        store.commit(new Batch(Map.of(), Map.of("host/a", Optional.empty())));
        assertThat(store.read("host/a")).isEmpty();
    }

    @Test
    void aPrefixMeansWholeSegmentsInKeyOrder() throws Exception {
        for (String key : List.of("host/b", "host/a", "hosts/x", "host-key/y", "host/a/z")) {
            put(key, "{}");
        }
        assertThat(store.list("host/"))
                .extracting(Document::key)
                .containsExactly("host/a", "host/a/z", "host/b");
        assertThat(store.last("host/", 2))
                .extracting(Document::key)
                .containsExactly("host/b", "host/a/z");
    }

    @Test
    void oneKeyThatChangedRefusesTheWholeBatch() throws Exception {
        put("a/1", "old");
        long seen = revision("a/1");
        put("a/1", "new");
        Map<String, Optional<String>> writes = new LinkedHashMap<>();
        writes.put("a/2", Optional.of("x"));
        writes.put("a/1", Optional.of("y"));
        assertThatThrownBy(() -> store.commit(new Batch(Map.of("a/1", seen), writes)))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining("a/1");
        assertThat(store.read("a/2")).isEmpty();
        assertThat(store.read("a/1")).map(Document::content).contains("new");
    }

    @Test
    void absenceCanBeExpected() throws Exception {
        store.commit(new Batch(Map.of("a/1", 0L), Map.of("a/1", Optional.of("x"))));
        assertThatThrownBy(() ->
                        store.commit(new Batch(Map.of("a/1", 0L), Map.of("a/1", Optional.of("y")))))
                .isInstanceOf(ConflictException.class);
    }

    @Test
    void aDocumentThatWasRemovedAndMadeAgainHasAnotherRevision() throws Exception {
        put("a/1", "x");
        long before = revision("a/1");
        store.commit(new Batch(Map.of(), Map.of("a/1", Optional.empty())));
        put("a/1", "x");
        assertThat(revision("a/1")).isGreaterThan(before);
    }

    @Test
    void aKeyOutsideTheGrammarIsRefused() {
        for (String key : List.of("", "/a", "a/", "a//b", "A/b", "a/../b c", "a/ä")) {
            assertThatThrownBy(() -> put(key, "{}")).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void concurrentIncrementsLoseNothing() throws Exception {
        put("count/n", "0");
        int threads = 8;
        int each = 25;
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            var done = new ArrayList<Future<?>>();
            for (int t = 0; t < threads; t++) {
                done.add(
                        pool.submit(() -> {
                            for (int i = 0; i < each; ) {
                                Document now = store.read("count/n").orElseThrow();
                                int next = Integer.parseInt(now.content()) + 1;
                                try {
                                    store.commit(
                                            new Batch(
                                                    Map.of("count/n", now.revision()),
                                                    Map.of("count/n", Optional.of("" + next))));
                                    i++;
                                } catch (ConflictException e) {
                                    // again
                                }
                            }
                            return null;
                        }));
            }
            for (Future<?> future : done) {
                future.get();
            }
        }
        assertThat(store.read("count/n").orElseThrow().content()).isEqualTo("" + threads * each);
    }

    @Test
    void aRandomHistoryEndsAsAMapDoes() throws Exception {
        var random = new Random(SEED);
        var model = new TreeMap<String, String>();
        for (int i = 0; i < 300; i++) {
            String key = "k/" + random.nextInt(20);
            if (random.nextInt(4) == 0) {
                store.commit(new Batch(Map.of(), Map.of(key, Optional.empty())));
                model.remove(key);
            } else {
                put(key, "" + i);
                model.put(key, "" + i);
            }
        }
        var stored = new TreeMap<String, String>();
        store.list("k/").forEach(document -> stored.put(document.key(), document.content()));
        assertThat(stored).as("seed %d", SEED).isEqualTo(model);
    }
}
