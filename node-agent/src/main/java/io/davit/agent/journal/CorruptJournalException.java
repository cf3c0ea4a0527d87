package io.davit.agent.journal;

import java.io.IOException;

/** A record in the middle of the journal is damaged: what was done can no longer be known. */
public final class CorruptJournalException extends IOException {
    private static final long serialVersionUID = 1L;

    CorruptJournalException(String message) {
        super(message);
    }
}
