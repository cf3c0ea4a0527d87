package io.davit.controller.bundle;

/** A bundle that is not to be trusted, or cannot be made; says what is wrong. */
public final class BadBundleException extends Exception {

    private static final long serialVersionUID = 1L;

    BadBundleException(String message) {
        super(message);
    }

    BadBundleException(String message, Throwable cause) {
        super(message, cause);
    }
}
