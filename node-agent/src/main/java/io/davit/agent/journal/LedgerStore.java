package io.davit.agent.journal;

import io.davit.common.AtomicFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The ledger on the disk: a JSON file, replaced whole and atomically with every change. */
public final class LedgerStore {

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private final Path file;
    private volatile Ledger ledger;

    private LedgerStore(Path file, Ledger ledger) {
        this.file = file;
        this.ledger = ledger;
    }

    /**
     * Opens the ledger, empty if there is none.
     *
     * @throws IOException if it cannot be read: without it nothing on this host is known to be ours
     */
    public static LedgerStore open(Path file) throws IOException {
        if (!Files.exists(file)) {
            return new LedgerStore(file, Ledger.EMPTY);
        }
        try {
            return new LedgerStore(file, JSON.readValue(Files.readAllBytes(file), Ledger.class));
        } catch (JacksonException e) {
            throw new IOException("cannot read ledger " + file + ": " + e.getOriginalMessage(), e);
        }
    }

    public Ledger ledger() {
        return ledger;
    }

    /** Applies a change; it is on the disk when this returns. */
    public synchronized Ledger change(UnaryOperator<Ledger> change) throws IOException {
        Ledger changed = change.apply(ledger);
        if (!changed.equals(ledger)) {
            AtomicFiles.write(file, JSON.writeValueAsBytes(changed), 0600);
            ledger = changed;
        }
        return changed;
    }
}
