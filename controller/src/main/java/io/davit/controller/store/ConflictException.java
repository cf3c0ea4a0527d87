package io.davit.controller.store;

/** Somebody else changed a document between the read and the commit. Read again and repeat. */
public final class ConflictException extends Exception {

    private static final long serialVersionUID = 1L;

    /** Names the key that was not as expected. */
    public ConflictException(String key, long expected, long actual) {
        super("cannot commit: " + key + " has revision " + actual + ", expected " + expected);
    }
}
