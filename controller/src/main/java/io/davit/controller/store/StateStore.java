package io.davit.controller.store;

import java.util.List;
import java.util.Optional;

/**
 * Small documents under keys. A commit that returned survives a power loss; one that threw {@link
 * ConflictException} changed nothing. All methods may be called by several threads.
 */
public interface StateStore extends AutoCloseable {

    /** The document under {@code key}, if there is one. */
    Optional<Document> read(String key);

    /**
     * All documents below a prefix, in key order.
     *
     * @param prefix ends in a slash
     */
    List<Document> list(String prefix);

    /**
     * The last documents below a prefix, newest key first.
     *
     * @param prefix ends in a slash
     * @param limit at most so many
     */
    List<Document> last(String prefix, int limit);

    /**
     * Applies the whole batch if every expected revision holds.
     *
     * @throws ConflictException if one does not; nothing was changed then
     */
    void commit(Batch batch) throws ConflictException;

    @Override
    void close();
}
