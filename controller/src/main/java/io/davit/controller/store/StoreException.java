package io.davit.controller.store;

/** The store cannot be read or written; the caller's change did not happen. */
public final class StoreException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** A failure with its cause. */
    public StoreException(String message, Throwable cause) {
        super(message, cause);
    }

    /** A failure without a cause of its own. */
    public StoreException(String message) {
        super(message);
    }
}
