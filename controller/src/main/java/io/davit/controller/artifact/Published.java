package io.davit.controller.artifact;

import io.davit.common.Digests;
import io.davit.controller.plan.Catalog.ArtifactFile;
import io.davit.controller.store.ConflictException;
import io.davit.controller.store.StateStore;
import io.davit.controller.store.Table;
import io.davit.controller.store.Transaction;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a source once said of a version: published files do not change, so a converged cluster can
 * still be planned while the source is away. Written without an audit row: it is a memory, and a
 * lost one is asked for again.
 */
final class Published {

    private static final Logger LOG = LoggerFactory.getLogger(Published.class);
    private static final Table<Files> TABLE = new Table<>("published", Files.class);

    private final StateStore store;

    Published(StateStore store) {
        this.store = store;
    }

    record Files(List<ArtifactFile> files) {
        Files {
            files = List.copyOf(files);
        }
    }

    Optional<List<ArtifactFile>> find(String release) {
        return new Transaction(store).find(TABLE, Digests.sha256Hex(release)).map(Files::files);
    }

    /** The file with this checksum, if it was ever published to us. */
    Optional<ArtifactFile> bySha256(String sha256) {
        return new Transaction(store)
                .all(TABLE).stream()
                        .flatMap(row -> row.value().files().stream())
                        .filter(file -> file.sha256().equals(sha256))
                        .findFirst();
    }

    void put(String release, List<ArtifactFile> files) {
        var transaction = new Transaction(store);
        transaction.put(TABLE, Digests.sha256Hex(release), new Files(files));
        commit(transaction);
    }

    void forget(String release) {
        var transaction = new Transaction(store);
        transaction.remove(TABLE, Digests.sha256Hex(release));
        commit(transaction);
    }

    private static void commit(Transaction transaction) {
        try {
            transaction.commit();
        } catch (ConflictException e) {
            LOG.debug("somebody else remembered the same", e);
        }
    }
}
