package io.davit.controller.store;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/** A store that forgets everything with its process: for tests, held to the same contract. */
public final class InMemoryStore implements StateStore {

    private final ReentrantLock lock = new ReentrantLock();
    private final TreeMap<String, Document> documents = new TreeMap<>();
    private long revision;

    /** An empty store. */
    public InMemoryStore() {}

    @Override
    public Optional<Document> read(String key) {
        lock.lock();
        try {
            return Optional.ofNullable(documents.get(key));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<Document> list(String prefix) {
        lock.lock();
        try {
            return List.copyOf(below(prefix).values());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<Document> last(String prefix, int limit) {
        lock.lock();
        try {
            return below(prefix).descendingMap().values().stream().limit(limit).toList();
        } finally {
            lock.unlock();
        }
    }

    private java.util.NavigableMap<String, Document> below(String prefix) {
        return documents.subMap(prefix, true, DocumentKeys.after(prefix), false);
    }

    @Override
    public void commit(Batch batch) throws ConflictException {
        lock.lock();
        try {
            for (Map.Entry<String, Long> expected : batch.expected().entrySet()) {
                Document now = documents.get(expected.getKey());
                long actual = now == null ? 0 : now.revision();
                if (actual != expected.getValue()) {
                    throw new ConflictException(expected.getKey(), expected.getValue(), actual);
                }
            }
            revision++;
            batch.writes()
                    .forEach((key, content) ->
                            content.ifPresentOrElse(
                                    text -> documents.put(key, new Document(key, revision, text)),
                                    () -> documents.remove(key)));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {}
}
