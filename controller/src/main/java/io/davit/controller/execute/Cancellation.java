package io.davit.controller.execute;

/** A wish that no further step starts. */
final class Cancellation {

    private volatile boolean asked;

    void ask() {
        asked = true;
    }

    boolean asked() {
        return asked;
    }
}
